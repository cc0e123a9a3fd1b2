import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createMemoryStore } from "./sqlite-store.ts";
import type { SnapshotStore } from "./store.ts";
import { walkRecords } from "./walk-records.ts";

const at = new Date(1_700_000_000_000);

async function filled(count: number): Promise<SnapshotStore> {
  const store = createMemoryStore();
  for (let id = 1; id <= count; id += 1) {
    const name = `snapshot-${`${id}`.padStart(4, "0")}`;
    await store.addActive({ id, name, readonly: false, parentId: null, labels: new Map(), at });
  }
  return store;
}

describe("walking records", () => {
  it("reads as many pages as there are, in the order of the list", async () => {
    const store = await filled(600);
    const ids = [...walkRecords(store, store.list({}))].map(({ id }) => id);
    assert.deepEqual(
      ids,
      Array.from({ length: 600 }, (_, index) => index + 1),
    );
    assert.deepEqual([...walkRecords(store, [])], []);
  });

  it("shows each as it is when it is reached, within a page too", async () => {
    const store = await filled(4);
    const seen: (readonly [number, number])[] = [];
    for (const { id, labels } of walkRecords(store, store.list({}))) {
      seen.push([id, labels.size]);
      if (id === 1) {
        await store.delete(2);
        await store.setLabels(3, new Map([["a", "b"]]), at);
        const usage = { sizeBytes: 0n, inodes: 0n };
        await store.replaceByCommitted(4, { name: "committed", labels: new Map(), usage, at });
      }
    }
    assert.deepEqual(seen, [
      [1, 0],
      [3, 1],
    ]);
  });
});
