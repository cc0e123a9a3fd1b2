// For those who run snapshotters: values for a list of plug-ins.
export { btrfsSnapshotter } from "./drivers/btrfs/registration.ts";
export { nativeSnapshotter } from "./drivers/native/registration.ts";
export { overlaySnapshotter } from "./drivers/overlay/registration.ts";
// For those who put one together, or write a driver.
export type { DriverCall, FaultHook, Layer, SnapshotDriver } from "./driver.ts";
export { openBtrfsDriver } from "./drivers/btrfs/btrfs.ts";
export { createMemoryDriver } from "./drivers/memory.ts";
export { openNativeDriver } from "./drivers/native/native.ts";
export { openOverlayDriver } from "./drivers/overlay/overlay.ts";
export type { DirectoryOptions } from "./layer-directories.ts";
export type { LocalSnapshotter, SnapshotterOptions } from "./snapshotter.ts";
export { createSnapshotter } from "./snapshotter.ts";
export type { SnapshotStoreOptions } from "./records/sqlite-store.ts";
export { createMemoryStore, openSnapshotStore } from "./records/sqlite-store.ts";
export type { SnapshotStore } from "./records/store.ts";
