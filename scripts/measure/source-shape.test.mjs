import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseSource } from "../source/parse.mjs";
import { countDuplicates } from "./duplicates.mjs";
import { countImportCycles } from "./import-cycles.mjs";
import { shapeOf } from "./source-shape.mjs";

const shape = (text) => shapeOf(parseSource("a.ts", text));

describe("the shape of a source", () => {
  const counted = [
    ["any", "let a: any;", "let a: unknown;"],
    ["nonNull", "const a = b!;", "const a = !b;"],
    ["nonNull", "class A { a!: string; }", 'class A { a = ""; }'],
    ["as", "const a = b as string;", "const a = b as const;"],
    ["as", "const a = <string>b;", "const a = f<string>(b);"],
    ["defaultExports", "export default 1;", "export const a = 1;"],
    ["bareErrors", 'throw new Error("a");', 'throw new TypeError("a");'],
    ["over3Parameters", "function a(b, c, d, e) {}", "function a(this: A, b, c, d) {}"],
    ["over3Parameters", "interface A { a(b: B, c: C, d: D, e: E): void }", "interface A { a(b: B): void }"],
    ["suppressions", "// biome-ignore lint: reason\na();", "// ignored\na();"],
    ["undocumentedMembers", "export interface A { a(): void }", "export interface A { /** Does. */ a(): void }"],
    ["undocumentedMembers", "export interface A { /* not doc */ a(): void }", "interface A { a(): void }"],
    [
      "undocumentedMembers",
      "export interface A { readonly b: B; /** Does. */ a(): void }",
      "export interface A { b: B }",
    ],
    [
      "promisesWithoutRejects",
      "export interface A { /** Does. */ a(): Promise<void> }",
      "export interface A { /** Does. Rejects with `not-found`. */ a(): Promise<void> }",
    ],
  ];
  for (const [name, one, none] of counted) {
    it(`counts ${name} in ${JSON.stringify(one)} and not in ${JSON.stringify(none)}`, () => {
      assert.equal(shape(one)[name], 1);
      assert.equal(shape(none)[name], 0);
    });
  }

  it("tells lines, code lines and comment lines apart", () => {
    const { lines, codeLines, commentLines } = shape("/**\n * A.\n */\n\nconst a = 1; // one\nconst b = 2;\n");
    assert.deepEqual({ lines, codeLines, commentLines }, { lines: 6, codeLines: 2, commentLines: 4 });
  });

  it("measures every function by its lines", () => {
    assert.deepEqual(shape("function a() {\n  return 1;\n}\nconst b = () => 1;\n").functionLines, [3, 1]);
  });
});

describe("countImportCycles", () => {
  const graph = (files) => Object.entries(files).map(([name, text]) => parseSource(`/x/${name}.ts`, text));

  it("counts each group of files that load each other once", () => {
    const files = { a: 'import "./b.ts";', b: 'import "./c.ts";', c: 'import "./a.ts";', d: 'export * from "./d.ts";' };
    assert.equal(countImportCycles(graph(files)), 2);
  });

  it("leaves out types and imports that wait", () => {
    const files = {
      a: 'import type { B } from "./b.ts";',
      b: 'import "./a.ts"; import("./c.ts");',
      c: 'import "./b.ts";',
    };
    assert.equal(countImportCycles(graph(files)), 0);
  });
});

describe("countDuplicates", () => {
  const block = (count) => Array.from({ length: count }, (_, index) => `call(${index});`).join("\n");
  const count = (...texts) => countDuplicates(texts.map((text, index) => parseSource(`${index}.ts`, text)));

  it("counts a run of six equal lines, indented or commented as it may be", () => {
    assert.equal(count(`a();\n${block(6)}`, `{\n  // why\n  ${block(6).replaceAll("\n", "\n  ")}\n}`), 1);
  });

  it("counts a longer run once", () => assert.equal(count(block(20), block(20)), 1));

  it("leaves five equal lines alone", () => assert.equal(count(block(5), block(5)), 0));

  it("counts nothing within one file that is merely regular", () => assert.equal(count(block(30)), 0));
});
