import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { SnapshotInfo } from "@gantry/api";
import { listMounts } from "@gantry/sys";
import type { LocalSnapshotter } from "../src/snapshotter.ts";
import type { Account } from "./crash-journal.ts";
import { showsTrees, stateOf } from "./crash-scenario.ts";
import { digestCommitted } from "./crash-tree.ts";

/** An open snapshotter, and what is known of it from outside. */
export interface Subject {
  readonly snapshotter: LocalSnapshotter;
  readonly root: string;
  readonly driver: string;
  /** {@link digestTree} of what was committed, by name; names that are not there are no matter. */
  readonly digests: ReadonlyMap<string, string>;
}

/**
 * What must hold of a root at rest: names are unique, parents are there and committed, bytes and records belong to each
 * other, committed trees are what they were at their commit, and nothing else is there, be it a file or a mount.
 */
export async function checkInvariants({ snapshotter, root, driver, digests }: Subject): Promise<void> {
  assert.deepEqual(await snapshotter.cleanup(), [], "records without bytes");
  const infos = await Array.fromAsync(snapshotter.walk());
  const byName = new Map<string | null, SnapshotInfo>(infos.map((info) => [info.name, info]));
  assert.equal(byName.size, infos.length, "names are unique");
  for (const { name, kind, parent } of infos) {
    assert.ok(parent === null || byName.get(parent)?.kind === "committed", `the parent of ${name} is committed`);
    await (kind === "active" ? snapshotter.mounts(name) : snapshotter.usage(name));
    if (showsTrees(driver) && kind === "committed") {
      assert.equal(await digestCommitted(snapshotter, name), digests.get(name), `the tree of ${name}`);
    }
  }
  await snapshotter.cleanup();
  await checkFiles(root, infos.length);
}

async function checkFiles(root: string, records: number): Promise<void> {
  // As many as there are records, each of which was found whole: none is left over.
  assert.equal((await readdir(join(root, "snapshots"))).length, records, "bytes without a record");
  const others = (await readdir(root)).filter((name) => !/^(lock|snapshots|metadata\.db(-wal|-shm)?)$/.test(name));
  assert.deepEqual(others, [], "files of nobody");
  const mounts = (await listMounts()).filter(({ mountPoint }) => mountPoint.startsWith(`${root}/`));
  assert.deepEqual(mounts, [], "mounts of nobody");
}

/** What must hold of the records of a root that is not open: SQLite finds no damage, and all references are good. */
export function checkRecords(root: string): void {
  const database = new DatabaseSync(join(root, "metadata.db"), { readOnly: true });
  try {
    assert.deepEqual(Object.values(database.prepare("PRAGMA integrity_check").get() ?? {}), ["ok"]);
    assert.deepEqual(database.prepare("PRAGMA foreign_key_check").all(), []);
  } finally {
    database.close();
  }
}

/** What ended a run, and where: at the last of its points, or behind that. */
export type HowItEnded = "kill at a point" | "power cut at a point" | "anywhere";

/**
 * What was acknowledged is there, and nothing is there that was not begun. Of the call that was cut off, the points that
 * came past tell whether it is there, or that both may be.
 *
 * @param states - what a caller sees before the first step and after each, in a run that nothing ends
 */
export async function checkAcknowledged(
  snapshotter: LocalSnapshotter,
  account: Account,
  { states, end }: { readonly states: readonly string[]; readonly end: HowItEnded },
): Promise<void> {
  const { acknowledged, points } = account;
  const found = await stateOf(snapshotter);
  const passed = new Set(points.filter(({ step }) => step === acknowledged).map(({ point }) => point));
  const { possible, certain } = factsOf(account, end, passed);
  const allowed = [...(certain ? [] : [states[acknowledged]]), ...(possible ? [states[acknowledged + 1]] : [])];
  assert.ok(allowed.includes(found), `found ${found}, expected ${allowed.join(" or ")}`);
}

function factsOf(
  { begun, acknowledged }: Account,
  end: HowItEnded,
  passed: ReadonlySet<string>,
): { readonly possible: boolean; readonly certain: boolean } {
  switch (end) {
    case "kill at a point":
      return { possible: passed.has("records.committed"), certain: passed.has("records.committed") };
    case "power cut at a point":
      return { possible: passed.has("records.committed"), certain: passed.has("records.synced") };
    case "anywhere":
      return { possible: begun > acknowledged, certain: passed.has("records.synced") };
  }
}
