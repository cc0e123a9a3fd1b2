import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OperationError } from "@gantry/api";
import { BrokenSnapshots } from "./broken-snapshots.ts";
import { createMemoryStore } from "./records/sqlite-store.ts";

describe("broken snapshots", () => {
  const filled = async () => {
    const store = createMemoryStore();
    const labels = new Map<string, string>();
    await store.addActive({ id: 1, name: "base", readonly: false, parentId: null, labels, at: new Date() });
    return store;
  };

  it("are named in the error of those that need them", async () => {
    const broken = new BrokenSnapshots(await filled(), [1]);
    broken.demandWhole("other", [2, 3]);
    assert.throws(
      () => broken.demandWhole("child", [2, 1]),
      (error) => error instanceof OperationError && error.kind === "data-loss" && /"base" below it/.test(error.message),
    );
    assert.throws(() => broken.demandWhole("base", [1]), /its files are missing/);
  });

  it("are forgotten with their records", async () => {
    const store = await filled();
    const broken = new BrokenSnapshots(store, []);
    broken.add(1);
    assert.deepEqual(broken.names(), ["base"]);
    await store.delete(1);
    assert.deepEqual(broken.names(), []);
    broken.delete(1);
    broken.demandWhole("anything", [1]);
  });
});
