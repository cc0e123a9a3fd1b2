import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { errnoOf } from "./errno.ts";

describe("errnoOf", () => {
  it("reads the symbol of a failed call and nothing else", () => {
    assert.throws(
      () => readFileSync("/nowhere/at/all"),
      (error) => errnoOf(error) === "ENOENT",
    );
    assert.equal(errnoOf(new TypeError("no code")), undefined);
    assert.equal(errnoOf("ENOENT"), undefined);
  });
});
