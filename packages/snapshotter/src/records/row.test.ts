import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { numberIn, orNull, textIn } from "./row.ts";

const row = { text: "t", number: 0, none: null, large: 1n };

describe("columns of a row", () => {
  it("are read as what they hold", () => {
    assert.equal(textIn(row, "text"), "t");
    assert.equal(numberIn(row, "number"), 0);
  });

  it("throw with their name where they hold something else, or are not there", () => {
    for (const column of ["number", "none", "absent"]) {
      assert.throws(() => textIn(row, column), new RegExp(`column ${column} holds .*, not text`));
    }
    // A bigint is not taken for a number: arithmetic would throw later, elsewhere.
    for (const column of ["text", "none", "absent", "large"]) {
      assert.throws(() => numberIn(row, column), new RegExp(`column ${column} holds .*, not a number`));
    }
  });

  it("may be null where that is asked for, and nothing else then", () => {
    assert.equal(orNull(row, "none", textIn), null);
    assert.equal(orNull(row, "number", numberIn), 0);
    assert.throws(() => orNull(row, "absent", textIn), TypeError);
  });
});
