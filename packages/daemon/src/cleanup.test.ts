import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Cleanup } from "./cleanup.ts";

describe("Cleanup", () => {
  it("takes all steps in the reverse order, once, and rejects with the first failure", async () => {
    const seen: string[] = [];
    const cleanup = new Cleanup();
    cleanup.defer(() => void seen.push("first"));
    cleanup.defer(() => Promise.reject(new TypeError("no")));
    cleanup.defer(async () => void seen.push("last"));
    await assert.rejects(cleanup[Symbol.asyncDispose](), /no/);
    await cleanup[Symbol.asyncDispose]();
    assert.deepEqual(seen, ["last", "first"]);
  });

  it("has nothing left to do when its steps were handed over", async () => {
    const seen: string[] = [];
    const cleanup = new Cleanup();
    cleanup.defer(() => void seen.push("step"));
    const moved = cleanup.move();
    await cleanup[Symbol.asyncDispose]();
    assert.deepEqual(seen, []);
    await moved[Symbol.asyncDispose]();
    assert.deepEqual(seen, ["step"]);
  });
});
