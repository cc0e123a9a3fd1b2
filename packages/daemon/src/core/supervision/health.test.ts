import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Health, healthDefaults, nextHealth } from "./health.ts";

const check = { ...healthDefaults, args: ["true"], retries: 2, startPeriodMs: 1_000 };

describe("nextHealth", () => {
  const starting: Health = { status: "starting", failedChecks: 0, output: "" };
  /** Each step is whether a check succeeded, and when. */
  const after = (...steps: readonly (readonly [boolean, number])[]) =>
    steps.reduce(
      (health, [succeeded, sinceStartMs]) => nextHealth(health, { succeeded, output: "x" }, { check, sinceStartMs }),
      starting,
    );

  it("is healthy by one success", () => {
    assert.deepEqual(after([true, 10]), { status: "healthy", failedChecks: 0, output: "x" });
  });

  it("is unhealthy by so many failures in a row, and not before", () => {
    assert.deepEqual(after([false, 2_000]).status, "starting");
    assert.deepEqual(after([false, 2_000], [false, 3_000]).status, "unhealthy");
    assert.deepEqual(after([true, 10], [false, 2_000]), { status: "healthy", failedChecks: 1, output: "x" });
    assert.deepEqual(after([true, 10], [false, 2_000], [true, 3_000], [false, 4_000]).status, "healthy");
  });

  it("does not count failures in the start period, unless a check has succeeded", () => {
    assert.deepEqual(after([false, 10], [false, 20], [false, 999]), { ...starting, output: "x" });
    assert.equal(after([false, 10], [false, 999], [false, 1_000], [false, 1_001]).status, "unhealthy");
    assert.equal(after([true, 10], [false, 20], [false, 30]).status, "unhealthy");
  });

  it("is healthy again by one success", () => {
    assert.equal(after([false, 2_000], [false, 3_000], [true, 4_000]).status, "healthy");
  });
});
