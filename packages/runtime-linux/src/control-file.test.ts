import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseNumber, parseTable, withPresent } from "./control-file.ts";

describe("control files", () => {
  it("hold a number, of any size, or none", () => {
    assert.deepEqual(["12\n", "18446744073709551615\n", "max\n", "", "-1\n", "1 2\n", null].map(parseNumber), [
      12n,
      18446744073709551615n,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("hold a table, in which lines of other forms mean nothing", () => {
    const table = parseTable("user 3\nsystem 2\n8:0 Read 10\nTotal\n");
    assert.deepEqual(
      [...table],
      [
        ["user", 3n],
        ["system", 2n],
      ],
    );
    assert.equal(parseTable(null).size, 0);
  });

  it("give figures only where they are", () => {
    const joined = withPresent<{ a: number; b?: number; c?: number }>({ a: 1 }, { b: undefined, c: 0 });
    assert.deepEqual(joined, { a: 1, c: 0 });
  });
});
