import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { mountAll } from "@gantry/sys";
import { makeDeep } from "../../conformance/deep-tree.ts";
import { isRoot, scratchDirectory } from "../../conformance/scratch-directory.ts";
import { removeTree } from "./remove-tree.ts";

describe("removeTree", () => {
  it("removes a tree of any depth, names that are no UTF-8 included, and follows no link", async (test) => {
    const directory = await scratchDirectory(test);
    const root = join(directory, "tree");
    mkdirSync(root);
    mkdirSync(join(directory, "canary"));
    writeFileSync(join(directory, "canary/file"), "alive");
    symlinkSync(join(directory, "canary"), join(root, "link"));
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.of(0xff)]), "");
    makeDeep(root, 60);
    removeTree(Buffer.from(root));
    assert.equal(existsSync(root), false);
    assert.equal(readFileSync(join(directory, "canary/file"), "utf8"), "alive");
  });

  it("takes the absence of the tree for success", async (test) => {
    removeTree(Buffer.from(join(await scratchDirectory(test), "nothing")));
  });

  it("fails where something is mounted, and leaves that alone", { skip: !isRoot && "needs root" }, async (test) => {
    const root = join(await scratchDirectory(test), "tree");
    mkdirSync(join(root, "mounted"), { recursive: true });
    await mountAll([{ type: "tmpfs", source: "tmpfs", target: "", options: [] }], join(root, "mounted"));
    writeFileSync(join(root, "mounted/file"), "alive");
    assert.throws(() => removeTree(Buffer.from(root)));
    assert.equal(readFileSync(join(root, "mounted/file"), "utf8"), "alive");
  });
});
