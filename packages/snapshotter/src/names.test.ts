import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isOperationError } from "@gantry/api";
import { checkName, isPossibleName, snapshotSubject } from "./names.ts";

describe("isPossibleName", () => {
  it("takes 1 to 512 bytes of UTF-8", () => {
    for (const name of ["a", "x".repeat(512), "é".repeat(256), "\u{1f4e6}".repeat(128), "../..", "a\nb", "\ufffd"]) {
      assert.equal(isPossibleName(name), true, name);
    }
  });

  it("refuses the empty name, longer ones, NUL and what has no UTF-8 form", () => {
    for (const name of ["", "x".repeat(513), "é".repeat(257), "a\0", "\ud800", "a\udfffb"]) {
      assert.equal(isPossibleName(name), false, JSON.stringify(name));
    }
  });
});

describe("checkName", () => {
  it("throws invalid-argument that says the rule", () => {
    assert.throws(
      () => checkName("a\0b"),
      (error) => isOperationError(error, "invalid-argument") && /512 bytes of UTF-8 without NUL/.test(error.message),
    );
  });

  it("keeps the message of an endless key short", () => {
    assert.throws(
      () => checkName("x".repeat(1_000_000)),
      (error) => error instanceof Error && error.message.length < 1000,
    );
    assert.equal(snapshotSubject("x".repeat(1_000_000)).id.length, 512);
  });
});
