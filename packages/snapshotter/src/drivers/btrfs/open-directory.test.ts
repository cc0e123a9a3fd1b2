import assert from "node:assert/strict";
import { fstatSync } from "node:fs";
import { stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { scratchDirectory } from "../../../conformance/scratch-directory.ts";
import { withDirectory } from "./open-directory.ts";

describe("withDirectory", () => {
  it("gives an open directory and what the work results in, and closes it after a failure too", async (test) => {
    const path = await scratchDirectory(test);
    const { ino } = await stat(path);
    assert.equal(await withDirectory(path, async ({ fd }) => fstatSync(fd).ino), ino);
    let open = -1;
    const failure = new Error("failed");
    const work = withDirectory(path, async ({ fd }) => {
      open = fd;
      throw failure;
    });
    await assert.rejects(work, failure);
    assert.throws(() => fstatSync(open), { code: "EBADF" });
  });

  it("refuses files and symbolic links", async (test) => {
    const path = await scratchDirectory(test);
    await writeFile(join(path, "file"), "");
    await symlink(".", join(path, "link"));
    for (const name of ["file", "link"]) {
      await assert.rejects(
        withDirectory(join(path, name), async () => {}),
        { code: "ENOTDIR" },
      );
    }
  });
});
