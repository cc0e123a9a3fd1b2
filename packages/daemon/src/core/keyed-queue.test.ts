import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { KeyedQueue } from "./keyed-queue.ts";

describe("KeyedQueue", () => {
  it("runs work on one key one after the other, in the order of the calls", async () => {
    const queue = new KeyedQueue();
    const seen: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first = queue.run("a", async () => {
      await gate.promise;
      seen.push("first");
    });
    const second = queue.run("a", async () => void seen.push("second"));
    await queue.run("b", async () => void seen.push("other"));
    gate.resolve();
    await Promise.all([first, second]);
    assert.deepEqual(seen, ["other", "first", "second"]);
  });

  it("goes on after work that fails", async () => {
    const queue = new KeyedQueue();
    const failing = queue.run("a", () => Promise.reject(new TypeError("no")));
    const following = queue.run("a", async () => "yes");
    await assert.rejects(failing, TypeError);
    assert.equal(await following, "yes");
  });
});
