import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { inRoot } from "./root.mjs";
import { isToolchain } from "./toolchain.mjs";
import { versions } from "./versions.mjs";

describe("the toolchain", () => {
  let modules = "";
  const program = (name) => path.join(modules, ".bin", name);
  const manifest = (name) => path.join(modules, name, "package.json");
  beforeEach(() => {
    modules = mkdtempSync(path.join(tmpdir(), "gantry-toolchain-"));
    mkdirSync(path.join(modules, ".bin"));
    for (const [name, version] of Object.entries(versions)) {
      mkdirSync(path.join(modules, name));
      writeFileSync(manifest(name), JSON.stringify({ version }));
      writeFileSync(program(name), "#!/bin/sh\n", { mode: 0o755 });
    }
  });
  afterEach(() => rmSync(modules, { recursive: true }));

  it("is complete with the pinned versions and their programs", () => assert.equal(isToolchain(modules), true));

  const damages = {
    "a program is missing": () => rmSync(program("node")),
    "a program is empty": () => truncateSync(program("pnpm")),
    "a program cannot be executed": () => chmodSync(program("node"), 0o644),
    "a manifest is cut off": () => truncateSync(manifest("node"), 5),
    "another version is there": () => writeFileSync(manifest("pnpm"), JSON.stringify({ version: "1.0.0" })),
  };
  for (const [damage, apply] of Object.entries(damages)) {
    it(`is incomplete when ${damage}`, () => {
      apply();
      assert.equal(isToolchain(modules), false);
    });
  }

  it("pins the pnpm that package.json names", () => {
    const { packageManager } = JSON.parse(readFileSync(inRoot("package.json"), "utf8"));
    assert.equal(packageManager, `pnpm@${versions.pnpm}`);
  });
});
