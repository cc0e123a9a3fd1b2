import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseDuration } from "./duration.ts";

describe("parseDuration", () => {
  it("reads milliseconds, seconds, minutes and hours", () => {
    const read = ["0", "10", "500ms", "10s", "1.5m", "24h"].map(parseDuration);
    assert.deepEqual(read, [0, 10_000, 500, 10_000, 90_000, 86_400_000]);
  });

  it("refuses what is no time, or longer than a day", () => {
    for (const text of ["", "s", "-1s", "1 s", "1d", "1e3", "0x1", "25h", "soon"]) {
      assert.throws(() => parseDuration(text), /such as 500ms/, text);
    }
  });
});
