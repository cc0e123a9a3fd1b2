import assert from "node:assert/strict";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { rejectsWith } from "@gantry/api/testing";
import { scratchDirectory } from "../conformance/scratch-directory.ts";
import { lockRoot } from "./root-lock.ts";

describe("lockRoot", () => {
  it("makes the root where it is absent, for its owner alone", async (test) => {
    const root = join(await scratchDirectory(test), "a/b");
    const release = await lockRoot(root);
    assert.equal((await stat(root)).mode & 0o777, 0o700);
    release();
  });

  it("refuses a second time with the process that holds it, and gives it again once it is released", async (test) => {
    const root = await scratchDirectory(test);
    const release = await lockRoot(root);
    const error = await rejectsWith("failed-precondition", lockRoot(root));
    assert.match(error.message, new RegExp(`process ${process.pid}\\b`));
    assert.deepEqual(error.subject, { type: "snapshotter", id: root });
    release();
    release();
    (await lockRoot(root))();
  });

  it("rejects about the root where a file is in its place", async (test) => {
    const root = join(await scratchDirectory(test), "file");
    await writeFile(root, "");
    await assert.rejects(lockRoot(root), (error) => error instanceof Error && error.message.includes(root));
  });
});
