// For those who run snapshotters: a value for a list of plug-ins, and under the name that a configuration's module needs.
export { windowsSnapshotter, windowsSnapshotter as snapshotter } from "./registration.ts";
// For those who show layers: the mounts of this driver, performed.
export type { MountClock, WindowsLayerMounting, WindowsMountOptions } from "./mount.ts";
export { mountWindowsLayer, unmountWindowsLayer } from "./mount.ts";
// For those who put one together, or reach Windows another way.
export type { LayerPathRules, LayerPrivilege, WindowsLayerHost } from "./host.ts";
export { LayerCallError } from "./layer-error.ts";
export { openWindowsDriver } from "./windows.ts";
