import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectSnapshotter } from "../../remote/index.ts";
import type { Snapshotter } from "../../snapshotter.ts";
import { collect } from "../assertions.ts";
import type { SnapshotterHarness } from "./harness.ts";
import { canMount, withHostMounts } from "./host-mounts.ts";
import { prefixed } from "./prefixed.ts";

/**
 * Brings up a harness over a snapshotter that serves `gantry.snapshots.v1` at `address`, for one case.
 *
 * The case sees snapshots of its own alone, by a prefix that nothing else has, and these are removed when the harness
 * closes; other snapshots are left alone. Trees are shown by mount(8) on this host, where this process is root. Nothing
 * can be reopened: to restart the other process is not ours.
 *
 * Rejects as `connectSnapshotter` does.
 */
export async function openAtAddress(address: string): Promise<SnapshotterHarness> {
  const prefix = `gantry-conformance-${randomUUID()}/`;
  const given = await connectSnapshotter(address);
  // The case may close what it is given; the harness still has to clear up.
  const own = await connectSnapshotter(address).catch(async (error: unknown) => {
    await given.close();
    throw error;
  });
  const directory = await mkdtemp(join(tmpdir(), "gantry-conformance-"));
  let shown = 0;
  const withTree: SnapshotterHarness["withTree"] = async (mounts, look) => {
    shown += 1;
    const place = join(directory, `${shown}`);
    await mkdir(place);
    return withHostMounts(mounts, place, look);
  };
  return {
    snapshotter: prefixed(given, prefix),
    ...(canMount() ? { withTree } : {}),
    async close() {
      await given.close();
      await removeAll(own, prefix);
      await own.close();
      await rm(directory, { recursive: true });
    },
  };
}

/** Removes every snapshot whose key or name begins with `namePrefix`, children before their parents. */
async function removeAll(snapshotter: Snapshotter, namePrefix: string): Promise<void> {
  let left = await collect(snapshotter.walk({ namePrefix }));
  while (left.length > 0) {
    const parents = new Set(left.map(({ parent }) => parent));
    const [leaves, rest] = [
      left.filter(({ name }) => !parents.has(name)),
      left.filter(({ name }) => parents.has(name)),
    ];
    if (leaves.length === 0) {
      throw new TypeError(`snapshots are each other's parents: ${rest.map(({ name }) => name).join(", ")}`);
    }
    for (const { name } of leaves) {
      await snapshotter.remove(name);
    }
    left = rest;
  }
}
