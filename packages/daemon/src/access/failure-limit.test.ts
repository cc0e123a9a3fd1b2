import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FailureLimit } from "./failure-limit.ts";

describe("FailureLimit", () => {
  it("tells an address that has failed too often, until a second is over", () => {
    let nowMs = 0;
    const limit = new FailureLimit(3, () => nowMs);
    for (let failure = 0; failure < 3; failure += 1) {
      assert.equal(limit.isOver("192.0.2.1"), false);
      limit.count("192.0.2.1");
    }
    assert.equal(limit.isOver("192.0.2.1"), true);
    assert.equal(limit.isOver("192.0.2.2"), false);
    nowMs = 1000;
    assert.equal(limit.isOver("192.0.2.1"), false);
  });

  it("remembers no more than a few thousand addresses", () => {
    const limit = new FailureLimit(1, () => 0);
    for (let number = 0; number < 5000; number += 1) limit.count(`address-${number}`);
    assert.equal(limit.isOver("address-0"), false);
    assert.equal(limit.isOver("address-4999"), true);
  });
});
