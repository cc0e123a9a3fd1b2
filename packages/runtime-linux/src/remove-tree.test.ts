import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { run } from "@gantry/sys";
import { removeTree } from "./remove-tree.ts";

const isRoot = process.getuid?.() === 0;

describe("removeTree", () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "gantry-tree-"));
  });

  afterEach(async () => {
    await removeTree(directory);
    assert.equal(existsSync(directory), false);
  });

  it("removes a directory with all below it, large files too", async () => {
    mkdirSync(join(directory, "a/b/c"), { recursive: true });
    writeFileSync(join(directory, "a/b/file"), "text");
    writeFileSync(join(directory, "a/b/large"), Buffer.alloc(1024 * 1024));
    await removeTree(join(directory, "a"));
    assert.deepEqual(readdirSync(directory), []);
  });

  it("takes what is not there for removed", async () => {
    await removeTree(join(directory, "none"));
  });

  it("removes links and leaves what they point at", async () => {
    mkdirSync(join(directory, "kept"));
    writeFileSync(join(directory, "kept/file"), "text");
    mkdirSync(join(directory, "tree"));
    symlinkSync(join(directory, "kept"), join(directory, "tree/link"));
    await removeTree(join(directory, "tree"));
    assert.deepEqual(readdirSync(join(directory, "kept")), ["file"]);
  });

  it("does not enter a mount point", { skip: !isRoot && "needs root for a mount" }, async () => {
    const kept = join(directory, "kept");
    const target = join(directory, "tree/mounted");
    mkdirSync(kept);
    mkdirSync(target, { recursive: true });
    writeFileSync(join(kept, "file"), "text");
    await call("mount", "--bind", kept, target);
    try {
      await assert.rejects(removeTree(join(directory, "tree")), { code: "EBUSY" });
      assert.deepEqual(readdirSync(kept), ["file"]);
    } finally {
      await call("umount", target);
    }
  });
});

async function call(file: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await run({ file, args, env: { PATH: "/usr/bin:/bin" } });
  assert.equal(code, 0, stderr);
}
