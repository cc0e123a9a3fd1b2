import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  backOffMs,
  crashLoopAttempts,
  decideRestart,
  quietMs,
  type RestartDecision,
  type RestartMode,
} from "./restart-policy.ts";

const modes: readonly RestartMode[] = ["no", "on-failure", "always", "unless-stopped"];

describe("decideRestart", () => {
  const restart = (attempt: number, delayMs: number): RestartDecision => {
    return { kind: "restart", attempt, delayMs, beginsLoop: attempt === 5 };
  };
  const table: readonly [RestartMode, number, number, number, number, RestartDecision][] = [
    // mode, max, status, ran, attempt
    ["no", 0, 1, 0, 0, { kind: "stay" }],
    ["on-failure", 0, 0, 0, 0, { kind: "stay" }],
    ["on-failure", 0, 1, 0, 0, restart(1, 100)],
    ["on-failure", 3, 137, 0, 2, restart(3, 400)],
    ["on-failure", 3, 1, 0, 3, { kind: "give-up" }],
    ["on-failure", 3, 1, quietMs, 3, restart(1, 100)],
    ["on-failure", 3, 0, 0, 3, { kind: "stay" }],
    ["always", 0, 0, 0, 0, restart(1, 100)],
    ["always", 0, 1, quietMs - 1, 4, restart(5, 1600)],
    ["always", 0, 1, quietMs, 4, restart(1, 100)],
    ["unless-stopped", 0, 0, 0, 9, restart(10, 51_200)],
    ["unless-stopped", 0, 0, 0, 10, restart(11, 60_000)],
  ];
  for (const [mode, maxRestarts, status, ranMs, attempt, expected] of table) {
    it(`${mode}:${maxRestarts}, status ${status} after ${ranMs} ms, ${attempt} before: ${expected.kind}`, () => {
      assert.deepEqual(decideRestart({ mode, maxRestarts }, { status, ranMs, attempt }), expected);
    });
  }

  it("holds to its promises whatever the history", () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const random = randomFrom(seed);
      const mode = modes[random(4)] ?? "no";
      const maxRestarts = mode === "on-failure" ? random(6) : 0;
      let attempt = 0;
      let loops = 0;
      for (let run = 0; run < 40; run += 1) {
        const ended = { status: random(3), ranMs: random(4) === 0 ? quietMs + random(5) : random(quietMs), attempt };
        const decision = decideRestart({ mode, maxRestarts }, ended);
        const row = ended.ranMs >= quietMs ? 0 : attempt;
        if (mode === "no") assert.equal(decision.kind, "stay");
        if (mode === "always" || mode === "unless-stopped") assert.equal(decision.kind, "restart");
        if (mode === "on-failure" && ended.status === 0) assert.equal(decision.kind, "stay");
        assert.equal(decision.kind === "give-up", ended.status > 0 && maxRestarts > 0 && row >= maxRestarts);
        if (decision.kind !== "restart") break;
        assert.equal(decision.attempt, row + 1);
        assert.ok(decision.delayMs >= 100 && decision.delayMs <= 60_000);
        if (maxRestarts > 0) assert.ok(decision.attempt <= maxRestarts);
        if (row === 0) loops = 0;
        if (decision.beginsLoop) loops += 1;
        // A loop is told of once, as long as it goes on.
        assert.equal(loops, decision.attempt >= crashLoopAttempts ? 1 : 0);
        ({ attempt } = decision);
      }
    }
  });
});

describe("backOffMs", () => {
  it("doubles up to a minute, and stays there", () => {
    const delays = [1, 2, 3, 4, 9, 10, 11, 12, 1_000_000].map(backOffMs);
    assert.deepEqual(delays, [100, 200, 400, 800, 25_600, 51_200, 60_000, 60_000, 60_000]);
  });
});

/** Numbers below a bound, the same for the same seed (a linear congruential generator). */
function randomFrom(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}
