import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OperationError } from "@gantry/api";
import { rejectsWith } from "@gantry/api/testing";
import { createMemoryDriver } from "./drivers/memory.ts";
import { createMemoryStore } from "./records/sqlite-store.ts";
import type { NewActive } from "./records/store.ts";
import { createSnapshotter } from "./snapshotter.ts";

describe("beginning a snapshot on a store whose sync fails", () => {
  // The record used to stay without its bytes, and so to answer data-loss from then on.
  it("rejects the prepare, and keeps the bytes of the record that is there all the same", async () => {
    const store = createMemoryStore();
    const addActive = store.addActive.bind(store);
    store.addActive = async (snapshot: NewActive) => {
      await addActive(snapshot);
      throw new OperationError("data-loss", { type: "snapshotter", id: "" }, "cannot be synced");
    };
    const driver = createMemoryDriver();
    const snapshotter = await createSnapshotter(driver, store);
    await rejectsWith("data-loss", snapshotter.prepare("key", null));
    assert.deepEqual([await driver.list(), store.ids()], [[1], new Set([1])]);
    assert.deepEqual(await snapshotter.cleanup(), []);
    await snapshotter.remove("key");
    await snapshotter.cleanup();
    assert.deepEqual(await driver.list(), []);
    await snapshotter.close();
  });
});
