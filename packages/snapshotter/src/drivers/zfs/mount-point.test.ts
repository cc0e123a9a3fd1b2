import assert from "node:assert/strict";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { scratchDirectory } from "../../../conformance/scratch-directory.ts";
import { removeMountPoint } from "./mount-point.ts";

describe("removeMountPoint", () => {
  it("removes an empty directory, and takes its absence for success", async (test) => {
    const path = join(await scratchDirectory(test), "1");
    await mkdir(path);
    await removeMountPoint(path);
    await removeMountPoint(path);
    assert.deepEqual(await readdir(join(path, "..")), []);
  });

  it("rejects where something is in it, and leaves that alone", async (test) => {
    const path = join(await scratchDirectory(test), "1");
    await mkdir(path);
    await writeFile(join(path, "file"), "");
    await assert.rejects(removeMountPoint(path), { code: "ENOTEMPTY" });
    assert.deepEqual(await readdir(path), ["file"]);
  });
});
