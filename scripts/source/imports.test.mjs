import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { importsOf } from "./imports.mjs";
import { parseSource } from "./parse.mjs";

const cases = [
  ['import a from "x";', { specifier: "x", line: 1, dynamic: false, typeOnly: false }],
  ['\nimport "x";', { specifier: "x", line: 2, dynamic: false, typeOnly: false }],
  ['import type { A } from "x";', { specifier: "x", line: 1, dynamic: false, typeOnly: true }],
  ['import { type A } from "x";', { specifier: "x", line: 1, dynamic: false, typeOnly: true }],
  ['import { type A, b } from "x";', { specifier: "x", line: 1, dynamic: false, typeOnly: false }],
  ['export * from "x";', { specifier: "x", line: 1, dynamic: false, typeOnly: false }],
  ['export type { A } from "x";', { specifier: "x", line: 1, dynamic: false, typeOnly: true }],
  ['const a = import("x");', { specifier: "x", line: 1, dynamic: true, typeOnly: false }],
  ['type A = import("x").A;', { specifier: "x", line: 1, dynamic: false, typeOnly: true }],
  ['const a = require("x");', { specifier: "x", line: 1, dynamic: true, typeOnly: false }],
  ['const a = import.meta.resolve("x");', { specifier: "x", line: 1, dynamic: true, typeOnly: false }],
];

describe("importsOf", () => {
  for (const [text, expected] of cases) {
    it(`reads ${JSON.stringify(text)}`, () => assert.deepEqual(importsOf(parseSource("a.ts", text)), [expected]));
  }

  it("leaves out names that are only known at run time, and exports without a source", () => {
    const text = "const a = import(name); export const b = 1; export { a };";
    assert.deepEqual(importsOf(parseSource("a.ts", text)), []);
  });

  it("refuses a file with a syntax error, naming it", () => {
    assert.throws(() => parseSource("broken.ts", "const ="), /broken\.ts/);
  });
});
