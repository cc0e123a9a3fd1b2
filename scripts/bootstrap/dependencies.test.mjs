import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { fingerprint, isInstalled, stampInstalled } from "./dependencies.mjs";

describe("dependencies", () => {
  let tree = "";
  const write = (file, text) => {
    mkdirSync(path.dirname(path.join(tree, file)), { recursive: true });
    writeFileSync(path.join(tree, file), text);
  };
  beforeEach(() => {
    tree = mkdtempSync(path.join(tmpdir(), "gantry-dependencies-"));
    for (const file of ["package.json", "packages/a/package.json", "packages/b/package.json"]) write(file, "{}");
    for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml"]) write(file, "");
    for (const folder of ["", "packages/a", "packages/b"]) mkdirSync(path.join(tree, folder, "node_modules"));
  });
  afterEach(() => rmSync(tree, { recursive: true }));

  it("are installed once an install of these manifests was stamped", () => {
    assert.equal(isInstalled(tree), false);
    stampInstalled(tree, fingerprint(tree));
    assert.equal(isInstalled(tree), true);
  });

  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json", "packages/b/package.json"]) {
    it(`are no longer installed when ${file} changes`, () => {
      stampInstalled(tree, fingerprint(tree));
      write(file, '{ "changed": true }');
      assert.equal(isInstalled(tree), false);
    });
  }

  it("are no longer installed when a package is added", () => {
    stampInstalled(tree, fingerprint(tree));
    write("packages/c/package.json", "{}");
    assert.equal(isInstalled(tree), false);
  });

  it("are no longer installed when a package's node_modules is gone", () => {
    stampInstalled(tree, fingerprint(tree));
    rmSync(path.join(tree, "packages/a/node_modules"), { recursive: true });
    assert.equal(isInstalled(tree), false);
  });

  it("do not take text moved from one manifest to the next for the same state", () => {
    write("packages/a/package.json", "xy");
    write("packages/b/package.json", "z");
    const before = fingerprint(tree);
    write("packages/a/package.json", "x");
    write("packages/b/package.json", "yz");
    assert.notEqual(fingerprint(tree), before);
  });
});
