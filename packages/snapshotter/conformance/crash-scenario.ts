import type { Snapshotter } from "@gantry/api";
import type { SnapshotDriver } from "../src/driver.ts";
import { openBtrfsDriver } from "../src/drivers/btrfs/btrfs.ts";
import { openNativeDriver } from "../src/drivers/native/native.ts";
import { openOverlayDriver } from "../src/drivers/overlay/overlay.ts";
import { SimulatedLayerHost } from "../src/drivers/windows/testing/simulated-layer-host.ts";
import { openWindowsDriver } from "../src/drivers/windows/windows.ts";

/** Nothing is shown, so no volume appears. */
async function openSimulatedWindows(root: string): Promise<SnapshotDriver> {
  return openWindowsDriver(root, new SimulatedLayerHost(`${root} volumes`));
}

/** Drivers whose bytes are on a disk, by name. */
export const drivers: ReadonlyMap<string, (root: string) => Promise<SnapshotDriver>> = new Map([
  ["overlay", openOverlayDriver],
  ["btrfs", openBtrfsDriver],
  ["native", openNativeDriver],
  ["windows", openSimulatedWindows],
]);

/** Operations that change something, by name, on what {@link furnish} makes. */
export const operations: ReadonlyMap<string, (snapshotter: Snapshotter) => Promise<unknown>> = new Map<
  string,
  (snapshotter: Snapshotter) => Promise<unknown>
>([
  ["prepare", (snapshotter) => snapshotter.prepare("new", "base")],
  ["view", (snapshotter) => snapshotter.view("new", "base")],
  ["commit", (snapshotter) => snapshotter.commit("new", "key")],
  ["remove", (snapshotter) => snapshotter.remove("key")],
  ["update", (snapshotter) => snapshotter.update("key", { labels: new Map([["a", "2"]]) })],
]);

/** Makes what the operations work on. */
export async function furnish(snapshotter: Snapshotter): Promise<void> {
  await snapshotter.prepare("making base", null);
  await snapshotter.commit("base", "making base");
  await snapshotter.prepare("key", "base", { labels: new Map([["a", "1"]]) });
}
