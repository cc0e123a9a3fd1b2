import type { Snapshotter } from "@gantry/api";
import type { SnapshotDriver } from "../src/driver.ts";
import type { DirectoryOptions } from "../src/layer-directories.ts";

/** Opens a driver on a root that exists. */
export type OpenDriver = (root: string, options: DirectoryOptions) => Promise<SnapshotDriver>;

/** Drivers whose bytes are on a disk, by name. Each is loaded when it is opened, since a child process needs one. */
export const drivers: ReadonlyMap<string, OpenDriver> = new Map<string, OpenDriver>([
  [
    "overlay",
    async (root, options) => (await import("../src/drivers/overlay/overlay.ts")).openOverlayDriver(root, options),
  ],
  [
    "native",
    async (root, options) => (await import("../src/drivers/native/native.ts")).openNativeDriver(root, options),
  ],
  ["btrfs", async (root, options) => (await import("../src/drivers/btrfs/btrfs.ts")).openBtrfsDriver(root, options)],
  ["windows", openSimulatedWindows],
]);

/** Nothing is shown, so no volume appears. */
async function openSimulatedWindows(root: string): Promise<SnapshotDriver> {
  const { SimulatedLayerHost } = await import("../src/drivers/windows/testing/simulated-layer-host.ts");
  const { openWindowsDriver } = await import("../src/drivers/windows/windows.ts");
  return openWindowsDriver(root, new SimulatedLayerHost(`${root} volumes`));
}

/** Whether the trees of a driver can be mounted, written and looked at here. */
export function showsTrees(driver: string): boolean {
  return driver !== "windows";
}

/** One call of the scenario. */
export interface Step {
  /** For messages. */
  readonly title: string;
  /** The method that is called; its points are the same in each situation. */
  readonly operation: "prepare" | "view" | "commit" | "remove" | "update";
  /** Written to the key before the call. */
  readonly write?: { readonly key: string; readonly word: string };
  /** The name that the call gives to the tree under the key. */
  readonly commits?: { readonly name: string; readonly key: string };
  readonly perform: (snapshotter: Snapshotter) => Promise<unknown>;
}

function commit(name: string, key: string, word: string): Step {
  const perform = (snapshotter: Snapshotter) => snapshotter.commit(name, key);
  return { title: `commit of ${name}`, operation: "commit", write: { key, word }, commits: { name, key }, perform };
}

/** Each operation in each of its situations, beginning with an empty root. Two steps in a row never leave the same state. */
export const steps: readonly Step[] = [
  { title: "prepare of nothing", operation: "prepare", perform: (snapshotter) => snapshotter.prepare("first", null) },
  commit("base", "first", "base"),
  {
    title: "prepare on base",
    operation: "prepare",
    perform: (snapshotter) => snapshotter.prepare("second", "base", { labels: new Map([["a", "1"]]) }),
  },
  {
    title: "update",
    operation: "update",
    perform: (snapshotter) => snapshotter.update("second", { labels: new Map([["a", "2"]]) }),
  },
  commit("top", "second", "top!"),
  { title: "view of top", operation: "view", perform: (snapshotter) => snapshotter.view("look", "top") },
  { title: "remove of a view", operation: "remove", perform: (snapshotter) => snapshotter.remove("look") },
  { title: "prepare on top", operation: "prepare", perform: (snapshotter) => snapshotter.prepare("third", "top") },
  {
    title: "remove of a key",
    operation: "remove",
    write: { key: "third", word: "gone" },
    perform: (snapshotter) => snapshotter.remove("third"),
  },
  { title: "remove of a name", operation: "remove", perform: (snapshotter) => snapshotter.remove("top") },
];

/** What a caller can see, without times, which differ from run to run. */
export async function stateOf(snapshotter: Snapshotter): Promise<string> {
  const infos = await Array.fromAsync(snapshotter.walk());
  return JSON.stringify(
    infos.map(({ name, kind, parent, readonly, labels }) => ({ name, kind, parent, readonly, labels: [...labels] })),
  );
}
