import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Mount, Snapshotter } from "@gantry/api";
import type { SnapshotterHarness } from "@gantry/api/testing";
import { mountAll, unmountAll } from "@gantry/sys";
import type { SnapshotDriver } from "../src/driver.ts";
import { createSnapshotter } from "../src/snapshotter.ts";
import { openSnapshotStore } from "../src/sqlite-store.ts";

/** Why snapshotters that need mounts cannot be tested here, or undefined if they can. */
export function whyNoMounts(): string | undefined {
  return process.getuid?.() === 0 ? undefined : "mounting needs root";
}

/** Gives a snapshotter in a fresh directory, which is removed by `close`; trees are shown by real mounts. */
export async function openOnDisk(openDriver: (root: string) => Promise<SnapshotDriver>): Promise<SnapshotterHarness> {
  const directory = await mkdtemp(join(tmpdir(), "gantry-snapshotter-"));
  const root = join(directory, "root");
  const open = async (): Promise<Snapshotter> => {
    const store = await openSnapshotStore(root);
    return createSnapshotter(await openDriver(root), store);
  };
  let snapshotter = await open();
  let shown = 0;
  return {
    snapshotter,
    async withTree<T>(mounts: readonly Mount[], look: (path: string) => Promise<T>): Promise<T> {
      shown += 1;
      const place = join(directory, `tree ${shown}`);
      await mkdir(place);
      try {
        await mountAll(mounts, place);
        return await look(place);
      } finally {
        await unmountAll(place);
      }
    },
    async reopen() {
      await snapshotter.close();
      snapshotter = await open();
      return snapshotter;
    },
    async close() {
      await snapshotter.close();
      await unmountAll(directory);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
