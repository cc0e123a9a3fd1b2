import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { mountAll } from "./mount-all.ts";
import { parseMountInfo } from "./mount-info.ts";
import { SystemError } from "./system-error.ts";
import { needsRoot, testDirectory } from "./testing/directory.ts";
import { placeOfDataset } from "./zfs-mount.ts";

describe("placeOfDataset", () => {
  const mounts = parseMountInfo(
    [
      "60 42 0:37 / /other rw - tmpfs pool/a rw",
      "61 42 0:39 /part /part rw - fuse.zfs pool/a rw",
      "63 42 0:39 / /root/with\\040space rw,relatime - fuse.zfs pool/a rw,user_id=0",
      "64 42 0:39 / /bound rw - fuse.zfs pool/a rw",
      "65 42 0:40 / /kernel rw - zfs pool/b rw,xattr",
    ].join("\n"),
  );

  it("gives the first place that shows all of the dataset", () => {
    assert.equal(placeOfDataset(mounts, "pool/a"), "/root/with space");
    assert.equal(placeOfDataset(mounts, "pool/b"), "/kernel");
  });

  it("gives none for a dataset that is not mounted", () => {
    assert.equal(placeOfDataset(mounts, "pool"), undefined);
  });
});

const kernelKnowsZfs = /\tzfs$/m.test(readFileSync("/proc/filesystems", "utf8"));

describe("mountAll", { skip: needsRoot || (kernelKnowsZfs && "the kernel knows zfs") }, () => {
  const directory = testDirectory();

  it("says that the kernel does not know zfs where the dataset is mounted nowhere either", async () => {
    const mount = { type: "zfs", source: "gantry-no-such-pool/1", target: "", options: ["ro"] };
    await assert.rejects(mountAll([mount], directory), (error) => {
      assert.ok(error instanceof SystemError);
      assert.equal(error.errno, "ENODEV");
      assert.match(error.message, /kernel does not know zfs, and "gantry-no-such-pool\/1" is mounted nowhere/);
      return true;
    });
  });
});
