import assert from "node:assert/strict";
import { link, mkdir, symlink, writeFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { describe, it } from "node:test";
import { scratchDirectory } from "../../../conformance/scratch-directory.ts";
import { measureLayer } from "./measure-layer.ts";

describe("measureLayer", () => {
  it("counts directories, links as themselves, and a file with several names once", async (test) => {
    const top = await scratchDirectory(test);
    await mkdir(join(top, "directory"));
    await writeFile(join(top, "directory/file"), Buffer.alloc(65_536, 1), { flush: true });
    await link(join(top, "directory/file"), join(top, "second name"));
    await symlink("/", join(top, "link"));
    const { sizeBytes, inodes } = await measureLayer(posix, top);
    assert.equal(inodes, 4n);
    assert.ok(sizeBytes >= 65_536n && sizeBytes < 131_072n, `${sizeBytes}`);
  });

  it("rejects with the reason of an abort", async (test) => {
    const top = await scratchDirectory(test);
    await assert.rejects(measureLayer(posix, top, AbortSignal.abort("enough")), (reason) => reason === "enough");
  });
});
