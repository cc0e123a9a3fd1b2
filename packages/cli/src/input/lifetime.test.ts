import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseLifetime } from "./lifetime.ts";

describe("parseLifetime", () => {
  it("reads seconds, minutes, hours and days", () => {
    assert.deepEqual(["90s", "15m", "24h", "7d"].map(parseLifetime), [90, 900, 86_400, 604_800]);
  });

  it("refuses what is no such time, or more than a request can say", () => {
    for (const text of ["", "0s", "5", "1.5h", "-1s", "1 s", "1w", "soon", "9999999d"]) {
      assert.throws(() => parseLifetime(text), /such as 90s/, text);
    }
  });
});
