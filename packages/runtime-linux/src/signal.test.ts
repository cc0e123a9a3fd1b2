import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { killSignal, signalNumber, stopSignal } from "./signal.ts";
import { throwsWith } from "./testing/throws.ts";

const subject = { type: "container", id: "c1" } as const;

describe("signalNumber", () => {
  for (const [signal, number] of [
    ["SIGTERM", 15],
    ["TERM", 15],
    ["sigterm", 15],
    [" KILL ", killSignal],
    ["STOP", stopSignal],
    ["9", 9],
    [64, 64],
    ["RTMIN", 34],
    ["SIGRTMIN+3", 37],
    ["RTMAX", 64],
    ["RTMAX-14", 50],
  ] as const) {
    it(`takes ${JSON.stringify(signal)} for ${number}`, () => {
      assert.equal(signalNumber(signal, subject), number);
    });
  }

  for (const signal of [
    "",
    "SIG",
    "NOTHING",
    "__proto__",
    "constructor",
    "9x",
    "-9",
    "0",
    "65",
    "RTMIN+31",
    "RTMAX-31",
    0,
    -1,
    65,
    1.5,
    Number.NaN,
  ]) {
    it(`rejects ${JSON.stringify(signal)} with invalid-argument`, () => {
      assert.match(
        throwsWith("invalid-argument", () => signalNumber(signal, subject)).message,
        /unknown signal .*expected/,
      );
    });
  }

  it("cuts what it repeats of a long name", () => {
    assert.ok(throwsWith("invalid-argument", () => signalNumber("x".repeat(100_000), subject)).message.length < 300);
  });
});
