import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ManualClock } from "../../testing/manual-clock.ts";
import { GcScheduler } from "./scheduler.ts";

const schedule = { delayMs: 1_000, changes: 3, share: 0.1 };
const settled = () => new Promise(setImmediate);

describe("GcScheduler", () => {
  const start = (nextEndMs: () => number | null = () => null) => {
    const clock = new ManualClock();
    const state = { runs: 0, workMs: 0, gate: Promise.resolve(), aborted: false };
    const collect = async (signal: AbortSignal) => {
      state.runs += 1;
      await state.gate;
      state.aborted = signal.aborted;
      clock.advance(state.workMs);
    };
    const scheduler = new GcScheduler({ clock, collect, nextEndMs }, schedule);
    const pass = async (ms: number) => {
      clock.advance(ms);
      await settled();
    };
    return { scheduler, state, pass };
  };

  it("collects some time after a removal, once for all that come meanwhile", async () => {
    const { scheduler, state, pass } = start();
    scheduler.noteRemoval();
    await pass(999);
    scheduler.noteRemoval();
    assert.equal(state.runs, 0);
    await pass(1);
    assert.equal(state.runs, 1);
    await pass(100_000);
    assert.equal(state.runs, 1);
  });

  it("collects after so many other changes", async () => {
    const { scheduler, state, pass } = start();
    scheduler.noteChange();
    scheduler.noteChange();
    await pass(10_000);
    assert.equal(state.runs, 0);
    scheduler.noteChange();
    await pass(1_000);
    assert.equal(state.runs, 1);
  });

  it("rests as long as the work's share of the time demands", async () => {
    const { scheduler, state, pass } = start();
    state.workMs = 500;
    scheduler.noteRemoval();
    await pass(1_000);
    scheduler.noteRemoval();
    await pass(4_499);
    assert.equal(state.runs, 1);
    await pass(1);
    assert.equal(state.runs, 2);
  });

  it("collects again what goes while a collection runs", async () => {
    const { scheduler, state, pass } = start();
    const gate = Promise.withResolvers<void>();
    state.gate = gate.promise;
    scheduler.noteRemoval();
    await pass(1_000);
    scheduler.noteRemoval();
    await pass(10_000);
    assert.equal(state.runs, 1);
    gate.resolve();
    await settled();
    // It took 10 s, a tenth of the time.
    await pass(89_999);
    assert.equal(state.runs, 1);
    await pass(1);
    assert.equal(state.runs, 2);
  });

  it("collects when a lease ends, also one that is made later and ends sooner", async () => {
    let endMs: number | null = 50_000;
    const { scheduler, state, pass } = start(() => endMs);
    scheduler.noteLease();
    endMs = 5_000;
    scheduler.noteLease();
    await pass(5_000);
    assert.equal(state.runs, 0);
    endMs = null;
    await pass(1);
    assert.equal(state.runs, 1);
    await pass(100_000);
    assert.equal(state.runs, 1);
  });

  it("waits for the end of what runs when it is closed, and plans nothing any more", async () => {
    const { scheduler, state, pass } = start();
    const gate = Promise.withResolvers<void>();
    state.gate = gate.promise;
    scheduler.noteRemoval();
    await pass(1_000);
    const closing = scheduler.close();
    gate.resolve();
    await closing;
    assert.equal(state.aborted, true);
    scheduler.noteRemoval();
    await pass(100_000);
    assert.equal(state.runs, 1);
  });
});
