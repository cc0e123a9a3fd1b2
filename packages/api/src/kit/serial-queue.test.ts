import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { SerialQueue } from "./serial-queue.ts";

describe("SerialQueue", () => {
  it("runs tasks one after the other, in order", async () => {
    const queue = new SerialQueue();
    const steps: string[] = [];
    const task = (name: string) => async () => {
      steps.push(`${name} begins`);
      await nextTurn();
      steps.push(`${name} ends`);
      return name;
    };
    assert.deepEqual(await Promise.all([queue.run(task("a")), queue.run(task("b"))]), ["a", "b"]);
    assert.deepEqual(steps, ["a begins", "a ends", "b begins", "b ends"]);
  });

  it("goes on behind a task that failed", async () => {
    const queue = new SerialQueue();
    const failing = queue.run(() => Promise.reject(new Error("failed")));
    const next = queue.run(async () => 2);
    await assert.rejects(failing, /failed/);
    assert.equal(await next, 2);
  });
});
