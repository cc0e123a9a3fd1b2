import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { rejectsWith } from "@gantry/api/testing";
import { MountedTrees } from "./mounted-tree.ts";

const subject = { type: "layer", id: "sha256:0" } as const;
const shown = (path: string) => Promise.resolve(path);

function scratch(test: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "gantry-mounted-"));
  test.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

describe("mounted trees without the right to mount", () => {
  it("give the directory itself where a bind mount only shows it elsewhere, and make none", async (test) => {
    const directory = scratch(test);
    const trees = new MountedTrees(join(directory, "trees"), { mayMount: false });
    const mounts = [{ type: "bind", source: join(directory, "fs"), target: "", options: ["rbind", "rw"] }];
    assert.equal(await trees.show(mounts, subject, shown), join(directory, "fs"));
    assert.deepEqual(readdirSync(directory), []);
  });

  it("mount what does more than that all the same, and say that it is refused", {
    skip: process.platform !== "linux" && "mount(2) is of Linux",
  }, async (test) => {
    const directory = scratch(test);
    const trees = new MountedTrees(join(directory, "trees"), { mayMount: false });
    const bind = { type: "bind", source: "/nowhere/at/all", target: "", options: ["rbind", "rw"] };
    for (const mounts of [[{ ...bind, options: ["rbind", "ro"] }], [{ ...bind, target: "below" }], [bind, bind]]) {
      await assert.rejects(trees.show(mounts, subject, shown));
      assert.deepEqual(readdirSync(join(directory, "trees")), []);
    }
  });

  it("rejects an overlay with the errno's kind", {
    skip: process.getuid?.() === 0 && "root may mount",
  }, async (test) => {
    const trees = new MountedTrees(join(scratch(test), "trees"), { mayMount: false });
    const overlay = { type: "overlay", source: "overlay", target: "", options: ["lowerdir=/a:/b"] };
    await rejectsWith("permission-denied", trees.show([overlay], subject, shown));
  });
});
