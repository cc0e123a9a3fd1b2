import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LeaseClock } from "./lease-clock.ts";

const yearMs = 365 * 86_400_000;

describe("LeaseClock", () => {
  const start = () => {
    const times = { wallMs: 1_000_000, elapsedMs: 0 };
    const jumps: [before: number, byMs: number][] = [];
    const clock = new LeaseClock(
      { now: () => new Date(times.wallMs), elapsedMs: () => times.elapsedMs },
      (before, byMs) => jumps.push([before.getTime(), byMs]),
    );
    const pass = (elapsedMs: number, wallMs = elapsedMs) => {
      times.elapsedMs += elapsedMs;
      times.wallMs += wallMs;
      return clock.now().getTime();
    };
    return { pass, jumps };
  };

  it("takes time that passes for no jump, however long", () => {
    const { pass, jumps } = start();
    assert.equal(pass(5_000), 1_005_000);
    assert.equal(pass(yearMs), 1_005_000 + yearMs);
    assert.deepEqual(jumps, []);
  });

  for (const [what, byMs] of [
    ["forward by a year", yearMs],
    ["back by a year", -yearMs],
    ["forward by an hour", 3_600_000],
  ] as const) {
    it(`notices a clock that is set ${what}, once`, () => {
      const { pass, jumps } = start();
      pass(10_000);
      assert.equal(pass(10_000, 10_000 + byMs), 1_020_000 + byMs);
      pass(10_000);
      assert.deepEqual(jumps, [[1_020_000, byMs]]);
    });
  }

  it("takes a clock that is slewed for none", () => {
    const { pass, jumps } = start();
    for (let step = 0; step < 100; step += 1) pass(1_000_000, 1_000_500);
    assert.deepEqual(jumps, []);
  });
});
