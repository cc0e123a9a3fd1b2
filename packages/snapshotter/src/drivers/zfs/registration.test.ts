import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rejectsWith } from "@gantry/api/testing";
import { scratchDirectory } from "../../../conformance/scratch-directory.ts";
import { zfsSnapshotter } from "./registration.ts";

const supported = process.platform === "linux" || process.platform === "sunos";

describe("zfsSnapshotter", { skip: !supported && "is for linux and sunos" }, () => {
  it("takes dataset and unsynced, and rejects other options with invalid-argument", async (test) => {
    const root = await scratchDirectory(test);
    const open = (options: Record<string, unknown>) =>
      zfsSnapshotter.open({ root, state: root, options, log: () => {} });
    const unknown = await rejectsWith("invalid-argument", open({ pool: "x" }));
    assert.match(unknown.message, /known are unsynced, dataset/);
    const malformed = await rejectsWith("invalid-argument", open({ dataset: "-r" }));
    assert.match(malformed.message, /cannot be the name of a dataset/);
  });

  it("is skipped on a root that no dataset is mounted at", async (test) => {
    const root = await scratchDirectory(test);
    const opened = await zfsSnapshotter.open({ root, state: root, options: {}, log: () => {} });
    assert.match("skipped" in opened ? opened.skipped : "", /zfs does not work here|no dataset is mounted/);
  });
});
