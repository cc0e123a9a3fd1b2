// For those who run snapshotters: a value for a list of plug-ins, and under the name that a configuration's module needs.
export { zfsSnapshotter, zfsSnapshotter as snapshotter } from "./registration.ts";
// For those who put one together, or reach ZFS another way.
export type { ZfsProperty } from "./properties.ts";
export { openZfsDriver, type ZfsOptions } from "./zfs.ts";
export { type RunZfs, type ZfsCommands, type ZfsOutcome, type ZfsProperties, zfsCommands } from "./zfs-commands.ts";
export { ZfsError, type ZfsReason } from "./zfs-error.ts";
