import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import { listExports } from "./exports.mjs";
import { compareSurfaces } from "./public-surface.mjs";

describe("listExports", () => {
  it("lists every name an entry exports, in whatever form", (t) => {
    const directory = mkdtempSync(path.join(tmpdir(), "gantry-exports-"));
    t.after(() => rmSync(directory, { recursive: true }));
    const index = path.join(directory, "index.ts");
    writeFileSync(path.join(directory, "all.ts"), "export const g = 1;\n");
    writeFileSync(
      index,
      `export { b, c as a } from "./x.ts";
      export type { D } from "./x.ts";
      export const e = 1, f = 2;
      export function h() {}
      export interface I {}
      export * from "./all.ts";
      export * from "../gen/x_pb.ts";
      export * as j from "./all.ts";
      const notExported = 1;`,
    );
    assert.deepEqual(listExports(index), ["* from ../gen/x_pb.ts", "D", "I", "a", "b", "e", "f", "g", "h", "j"]);
  });
});

describe("compareSurfaces", () => {
  const surface = (...names) =>
    `@gantry/sys\n  .\n${names.map((name) => `    ${name}\n`).join("")}  ./at\n    openat\n`;

  it("names what came and what went, with its package and subpath", () => {
    assert.deepEqual(compareSurfaces(surface("lock", "spawn"), surface("lock", "run")), [
      "+ @gantry/sys . run",
      "- @gantry/sys . spawn",
    ]);
  });

  it("finds nothing between equal surfaces", () => assert.deepEqual(compareSurfaces(surface("a"), surface("a")), []));
});
