import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SnapshotFilter, SnapshotInfo, Snapshotter } from "../../snapshotter.ts";
import { collect } from "../assertions.ts";
import { prefixed } from "./prefixed.ts";

/** A snapshotter that remembers what it was called with, and shows what it is given. */
function recorder(shown: readonly Partial<SnapshotInfo>[] = []) {
  const calls: unknown[][] = [];
  const other: Partial<Snapshotter> = {
    prepare: async (...args) => {
      calls.push(["prepare", ...args.slice(0, 2)]);
      return [];
    },
    remove: async (name) => void calls.push(["remove", name]),
    async *walk(filter?: SnapshotFilter) {
      calls.push(["walk", filter]);
      yield* shown as readonly SnapshotInfo[];
    },
  };
  return { calls, other: other as Snapshotter };
}

describe("prefixed", () => {
  it("puts the prefix before keys, names and parents, and takes it away from what is shown", async () => {
    const { calls, other } = recorder([
      { name: "p/key", parent: "p/base" },
      { name: "p/base", parent: null },
    ]);
    const own = prefixed(other, "p/");
    await own.prepare("key", "base");
    await own.prepare("base", null);
    const infos = await collect(own.walk({ kind: "active", namePrefix: "k", parent: "base" }));
    assert.deepEqual(calls, [
      ["prepare", "p/key", "p/base"],
      ["prepare", "p/base", null],
      ["walk", { kind: "active", namePrefix: "p/k", parent: "p/base" }],
    ]);
    assert.deepEqual(infos, [
      { name: "key", parent: "base" },
      { name: "base", parent: null },
    ]);
  });

  it("asks a walk without a filter for its own snapshots alone", async () => {
    const { calls, other } = recorder();
    await collect(prefixed(other, "p/").walk());
    await collect(prefixed(other, "p/").walk({ parent: null }));
    assert.deepEqual(calls, [
      ["walk", { namePrefix: "p/" }],
      ["walk", { namePrefix: "p/", parent: null }],
    ]);
  });

  it("passes on what is no identifier", async () => {
    const { calls, other } = recorder();
    const long = "é".repeat(257);
    await prefixed(other, "p/").remove("");
    await prefixed(other, "p/").remove(long);
    assert.deepEqual(calls, [
      ["remove", ""],
      ["remove", long],
    ]);
  });

  it("shortens identifiers that leave no room, and shows them whole", async () => {
    const long = "x".repeat(512);
    const shown: { name: string; parent: null }[] = [];
    const { calls, other } = recorder(shown);
    const own = prefixed(other, "p/");
    await own.prepare(long, null);
    const [key] = calls.flatMap(([, name]) => (typeof name === "string" ? [name] : []));
    assert.match(key ?? "", /^p\/[0-9a-f]{64}$/);
    shown.push({ name: key ?? "", parent: null });
    assert.deepEqual(await collect(own.walk()), [{ name: long, parent: null }]);
  });
});
