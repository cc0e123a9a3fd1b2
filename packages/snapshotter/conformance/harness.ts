import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Mount, Snapshotter } from "@gantry/api";
import type { SnapshotterHarness } from "@gantry/api/testing";
import { mountAll, unmountAll } from "@gantry/sys";
import type { SnapshotDriver } from "../src/driver.ts";
import { openSnapshotStore } from "../src/records/sqlite-store.ts";
import { createSnapshotter } from "../src/snapshotter.ts";
import { xattrs } from "./xattrs.ts";

/** Why snapshotters that need mounts cannot be tested here, or undefined if they can. */
export function whyNoMounts(): string | undefined {
  return process.getuid?.() === 0 ? undefined : "mounting needs root";
}

/** A directory for one case. */
export interface Place {
  readonly directory: string;
  /** Removes the directory, in which nothing is mounted any more. */
  close(): Promise<void>;
}

/** On the file system of temporary files. */
async function temporaryPlace(): Promise<Place> {
  const directory = await mkdtemp(join(tmpdir(), "gantry-snapshotter-"));
  return { directory, close: () => rm(directory, { recursive: true, force: true }) };
}

/** Gives a snapshotter in a fresh place, which is closed with it; trees are shown by real mounts. */
export async function openOnDisk(
  openDriver: (root: string) => Promise<SnapshotDriver>,
  makePlace: () => Promise<Place> = temporaryPlace,
): Promise<SnapshotterHarness> {
  const { directory, close } = await makePlace();
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
    xattrs,
    async places() {
      return [...(await readdir(root)), ...(await readdir(join(root, "snapshots")))];
    },
    async close() {
      await snapshotter.close();
      await unmountAll(directory);
      await close();
    },
  };
}
