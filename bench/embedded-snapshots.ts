import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import type { Snapshotter } from "@gantry/api";
import { createSnapshotter, openOverlayDriver, openSnapshotStore } from "@gantry/snapshotter";
import { type Row, timeInTurns } from "./samples.ts";

const rounds = 5;
const cycles = 500;
const syncedBytes = 4096;

/** The overlay snapshotter in this process, without a daemon: what its syncs cost, beside what a sync costs at all. */
export async function embedded(directory: string, signal: AbortSignal): Promise<readonly Row[]> {
  const synced = await openIn(join(directory, "synced"), false);
  const unsynced = await openIn(join(directory, "unsynced"), true);
  const file = await open(join(directory, "limit"), "w");
  try {
    const ms = await timeInTurns(
      {
        prepareSynced: (turn) => prepare(synced, turn),
        prepareUnsynced: (turn) => prepare(unsynced, turn),
        cycleSynced: (turn) => cycle(synced, turn),
        cycleUnsynced: (turn) => cycle(unsynced, turn),
        limit: async () => {
          for (let index = 0; index < cycles; index += 1) {
            await file.write(Buffer.alloc(syncedBytes), 0, syncedBytes, index * syncedBytes);
            await file.datasync();
          }
        },
      },
      { n: rounds, warmUp: 1, signal },
    );
    const limit = { limit: ms.limit / cycles, limitName: "one 4 KiB write, synced" };
    const row = (name: string, whole: number): Row => {
      return { name, ours: whole / cycles, peer: null, peerName: "", unit: "ms", n: rounds, ...limit };
    };
    return [
      row("prepare, embedded", ms.prepareSynced),
      row("prepare, embedded, sync off", ms.prepareUnsynced),
      row("prepare + commit + remove, embedded", ms.cycleSynced),
      row("prepare + commit + remove, embedded, sync off", ms.cycleUnsynced),
    ];
  } finally {
    await file.close();
    await synced.close();
    await unsynced.close();
  }
}

async function openIn(root: string, unsynced: boolean): Promise<Snapshotter> {
  await mkdir(root);
  return createSnapshotter(await openOverlayDriver(root, { unsynced }), await openSnapshotStore(root, { unsynced }));
}

async function prepare(snapshotter: Snapshotter, turn: number): Promise<void> {
  for (let index = 0; index < cycles; index += 1) {
    await snapshotter.prepare(`prepared-${turn}-${index}`, null);
  }
}

async function cycle(snapshotter: Snapshotter, turn: number): Promise<void> {
  for (let index = 0; index < cycles; index += 1) {
    const key = `cycle-${turn}-${index}`;
    await snapshotter.prepare(key, null);
    await snapshotter.commit(`${key}-committed`, key);
    await snapshotter.remove(`${key}-committed`);
  }
}
