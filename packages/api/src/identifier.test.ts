import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkIdentifier } from "./identifier.ts";

describe("checkIdentifier", () => {
  for (const id of ["a", "0", "default", "web.1_b-C", "A-b", "x".repeat(76)]) {
    it(`takes ${id}`, () => {
      assert.equal(checkIdentifier("container", id), id);
    });
  }

  const bad = [
    "",
    ".",
    "..",
    "-a",
    "a-",
    "a--b",
    "a..b",
    "a._b",
    "a/b",
    "../a",
    "a b",
    "a\n",
    "\na",
    "ä",
    "a\0",
    "x".repeat(77),
  ];
  for (const id of bad) {
    it(`rejects ${JSON.stringify(id)} with invalid-argument`, () => {
      assert.throws(() => checkIdentifier("namespace", id), {
        kind: "invalid-argument",
        subject: { type: "namespace", id },
      });
    });
  }

  it("names the form that it expects", () => {
    assert.throws(() => checkIdentifier("lease", "?"), {
      message: /lease "\?": must be 1 to 76 characters that match \^/,
    });
  });

  it("does not repeat an id without end", () => {
    assert.throws(
      () => checkIdentifier("process", "/".repeat(1_000_000)),
      (error) => {
        assert.ok(error instanceof Error && error.message.length < 400);
        return true;
      },
    );
  });

  it("takes time in proportion to the id, whatever is in it", () => {
    const before = performance.now();
    assert.throws(() => checkIdentifier("container", `${"a".repeat(75)}!`));
    assert.ok(performance.now() - before < 1_000);
  });
});
