import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SnapshotDriver } from "./driver.ts";
import { createMemoryDriver } from "./drivers/memory.ts";
import { Leftovers } from "./leftovers.ts";

const fault = () => {};

function driverThatRemoves(remove: (id: number) => Promise<void>): SnapshotDriver {
  return Object.assign(createMemoryDriver(), { remove });
}

describe("Leftovers", () => {
  it("removes one after another what was added, also what is added meanwhile", async () => {
    const removed: number[] = [];
    let running = 0;
    const driver = driverThatRemoves(async (id) => {
      running += 1;
      assert.equal(running, 1);
      await new Promise(setImmediate);
      removed.push(id);
      running -= 1;
    });
    const leftovers = new Leftovers(driver, { fault });
    leftovers.add(1);
    leftovers.add(2);
    await new Promise(setImmediate);
    leftovers.add(3);
    await leftovers.gone();
    assert.deepEqual(removed, [1, 2, 3]);
    leftovers.add(4);
    await leftovers.gone();
    assert.deepEqual(removed, [1, 2, 3, 4]);
  });

  it("takes an id once that is waiting or under way", async () => {
    const removed: number[] = [];
    const leftovers = new Leftovers(
      driverThatRemoves(async (id) => {
        await new Promise(setImmediate);
        removed.push(id);
      }),
      { fault },
    );
    for (const id of [1, 2, 1, 2]) {
      leftovers.add(id);
    }
    await leftovers.gone();
    assert.deepEqual(removed, [1, 2]);
  });

  it("reports what cannot be removed and goes on", async () => {
    const failures: unknown[] = [];
    const removed: number[] = [];
    const driver = driverThatRemoves(async (id) => {
      if (id === 1) {
        throw new TypeError("stuck");
      }
      removed.push(id);
    });
    const leftovers = new Leftovers(driver, {
      onFailure: (id, error) => failures.push([id, String(error)]),
      fault,
    });
    leftovers.add(1);
    leftovers.add(2);
    await leftovers.gone();
    assert.deepEqual(failures, [[1, "TypeError: stuck"]]);
    assert.deepEqual(removed, [2]);
  });

  it("stops after the removal that is under way", async () => {
    const removed: number[] = [];
    const leftovers = new Leftovers(
      driverThatRemoves(async (id) => {
        await new Promise(setImmediate);
        removed.push(id);
      }),
      { fault },
    );
    leftovers.add(1);
    leftovers.add(2);
    await leftovers.stop();
    assert.deepEqual(removed, [1]);
  });
});
