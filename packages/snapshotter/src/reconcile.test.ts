import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createMemoryDriver } from "./drivers/memory.ts";
import { findDifferences } from "./reconcile.ts";
import { createMemoryStore } from "./records/sqlite-store.ts";

const call = { fault: () => {} };

function record(id: number) {
  return { id, name: `n${id}`, readonly: false, parentId: null, labels: new Map<string, string>(), at: new Date(0) };
}

describe("findDifferences", () => {
  it("finds bytes without a record, records without bytes, and the highest id of both", async (test) => {
    const [driver, store] = [createMemoryDriver(), createMemoryStore()];
    test.after(() => store.close());
    for (const id of [1, 2, 9]) await driver.make({ id, ancestors: [], readonly: false }, call);
    await store.addActive(record(1));
    await store.addActive(record(3));
    assert.deepEqual(await findDifferences(driver, store, new Set()), { leftovers: [2, 9], broken: [3], highestId: 9 });
    assert.deepEqual((await findDifferences(driver, store, new Set([9]))).leftovers, [2]);
  });

  it("takes what is recorded or removed during the look for whole", async (test) => {
    const [driver, store] = [createMemoryDriver(), createMemoryStore()];
    test.after(() => store.close());
    await store.addActive(record(1));
    const slow = Object.assign(driver, {
      async list() {
        await store.delete(1);
        await store.addActive(record(2));
        return [2];
      },
    });
    const { leftovers, broken } = await findDifferences(slow, store, new Set());
    assert.deepEqual([leftovers, broken], [[], []]);
  });
});
