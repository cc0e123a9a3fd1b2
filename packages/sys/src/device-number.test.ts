import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { describe, it } from "node:test";
import { makeDevice, splitDevice } from "./device-number.ts";

describe("makeDevice and splitDevice", () => {
  it("undo each other, also beyond 8 bits", () => {
    for (const [major, minor] of [
      [1, 3],
      [0, 0],
      [4095, 1048575],
      [253, 70000],
      [259, 256],
    ] as const) {
      assert.deepEqual(splitDevice(makeDevice(major, minor)), { major, minor });
    }
  });
  it("read the number that stat gives for /dev/null", { skip: process.platform !== "linux" && "needs Linux" }, () => {
    assert.deepEqual(splitDevice(statSync("/dev/null", { bigint: true }).rdev), { major: 1, minor: 3 });
  });
});
