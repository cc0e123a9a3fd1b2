import assert from "node:assert/strict";
import { linkSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { scratchDirectory } from "../../conformance/scratch-directory.ts";
import { measureTree } from "./measure-tree.ts";

const proceed = () => {};

describe("measureTree", () => {
  it("counts the root, directories, files and links, each inode once", async (test) => {
    const root = await scratchDirectory(test);
    mkdirSync(join(root, "a"));
    writeFileSync(join(root, "a/file"), "x");
    linkSync(join(root, "a/file"), join(root, "second name"));
    symlinkSync("a", join(root, "link"));
    assert.equal(measureTree(Buffer.from(root), proceed).inodes, 4n);
  });

  it("adds up allocated blocks, not lengths", async (test) => {
    const root = await scratchDirectory(test);
    const empty = measureTree(Buffer.from(root), proceed).sizeBytes;
    writeFileSync(join(root, "sparse"), "");
    truncateSync(join(root, "sparse"), 1 << 30);
    assert.ok(measureTree(Buffer.from(root), proceed).sizeBytes < empty + 65_536n);
    writeFileSync(join(root, "full"), Buffer.alloc(1 << 20, 1), { flush: true });
    const full = measureTree(Buffer.from(root), proceed).sizeBytes;
    assert.ok(full >= empty + (1n << 20n) && full < empty + (2n << 20n), `${full}`);
  });

  it("stops where it is told to", async (test) => {
    const root = await scratchDirectory(test);
    const stop = () => {
      throw new TypeError("stop");
    };
    assert.throws(() => measureTree(Buffer.from(root), stop), { message: "stop" });
  });
});
