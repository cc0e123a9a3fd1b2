import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Outcome } from "./outcome.ts";

describe("Outcome", () => {
  it("gives every waiter what comes out, before and after", async () => {
    const outcome = new Outcome<number>();
    const before = [outcome.wait(), outcome.wait()];
    outcome.resolve(7);
    assert.deepEqual(await Promise.all([...before, outcome.wait()]), [7, 7, 7]);
  });

  it("comes out once", async () => {
    const outcome = new Outcome<number>();
    outcome.resolve(1);
    outcome.resolve(2);
    outcome.reject(new Error("late"));
    assert.equal(await outcome.wait(), 1);
  });

  it("rejects every waiter", async () => {
    const outcome = new Outcome<number>();
    const reason = new Error("gone");
    const waiting = assert.rejects(outcome.wait(), reason);
    outcome.reject(reason);
    await waiting;
    await assert.rejects(outcome.wait(), reason);
  });

  it("lets a waiter go by its signal, and the others wait on", async () => {
    const outcome = new Outcome<number>();
    const abort = new AbortController();
    const reason = new Error("no longer wanted");
    const leaving = assert.rejects(outcome.wait(abort.signal), reason);
    const staying = outcome.wait();
    abort.abort(reason);
    await leaving;
    await assert.rejects(outcome.wait(AbortSignal.abort(reason)), reason);
    outcome.resolve(3);
    assert.equal(await staying, 3);
  });

  it("calls a listener once, and none that was taken back", () => {
    const outcome = new Outcome<void>();
    const calls: string[] = [];
    outcome.subscribe(() => calls.push("stays"));
    const leave = outcome.subscribe(() => calls.push("leaves"));
    leave();
    outcome.resolve();
    outcome.subscribe(() => calls.push("late"));
    assert.deepEqual(calls, ["stays", "late"]);
  });
});
