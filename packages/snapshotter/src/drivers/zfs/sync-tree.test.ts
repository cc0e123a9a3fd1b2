import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { scratchDirectory } from "../../../conformance/scratch-directory.ts";
import { syncTree } from "./sync-tree.ts";

describe("syncing a tree", () => {
  it("resolves when the file system has been synced, and says when there is nothing to sync", async (test) => {
    const directory = await scratchDirectory(test);
    await writeFile(join(directory, "file"), "content");
    await syncTree(directory);
    await assert.rejects(syncTree(join(directory, "missing")), { code: "ENOENT" });
  });
});
