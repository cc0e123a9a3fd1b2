import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SharedLock } from "./shared-lock.ts";

describe("SharedLock", () => {
  it("runs shared work side by side, and exclusive work alone behind it", async () => {
    const lock = new SharedLock();
    const seen: string[] = [];
    const gate = Promise.withResolvers<void>();
    const slow = lock.shared("a", async () => {
      await gate.promise;
      seen.push("slow");
    });
    await lock.shared("a", async () => void seen.push("quick"));
    const alone = lock.exclusive("a", async () => void seen.push("alone"));
    const later = lock.shared("a", async () => void seen.push("later"));
    await lock.exclusive("b", async () => void seen.push("elsewhere"));
    gate.resolve();
    await Promise.all([slow, alone, later]);
    assert.deepEqual(seen, ["quick", "elsewhere", "slow", "alone", "later"]);
  });

  it("goes on after work that fails", async () => {
    const lock = new SharedLock();
    await assert.rejects(
      lock.shared("a", () => Promise.reject(new TypeError("no"))),
      TypeError,
    );
    assert.equal(await lock.exclusive("a", async () => "yes"), "yes");
  });
});
