import assert from "node:assert/strict";
import { closeSync, constants, openSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createSubvolume, qgroupUsage, subvolumeInfo } from "./btrfs.ts";
import { ioctls, requestNumber } from "./btrfs-ioctl.ts";
import { testDirectory } from "./testing/directory.ts";

const known = process.arch === "x64" || process.arch === "arm64";

describe("ioctls of btrfs", { skip: (!known || process.platform !== "linux") && "needs Linux on x64 or arm64" }, () => {
  it("have the numbers that a C program gets from linux/btrfs.h", () => {
    const numbers = Object.entries(ioctls).map(([name, shape]) => [name, requestNumber(shape).toString(16)]);
    assert.deepEqual(Object.fromEntries(numbers), {
      subvolCreate: "5000940e",
      snapDestroy: "5000940f",
      treeSearch: "c0709411",
      inoLookup: "d0009412",
      snapCreate: "50009417",
      getFlags: "80089419",
      setFlags: "4008941a",
      getSubvolInfo: "81f8943c",
    });
  });

  it("reject with ENOTTY where there is no btrfs, naming the ioctl", async () => {
    const fd = openSync("/proc", constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await assert.rejects(subvolumeInfo(fd), { errno: "ENOTTY", syscall: "BTRFS_IOC_GET_SUBVOL_INFO" });
      await assert.rejects(createSubvolume(fd, "name"), { errno: "ENOTTY", path: "name" });
      await assert.rejects(qgroupUsage(fd, 256n), { errno: "ENOTTY" });
    } finally {
      closeSync(fd);
    }
  });

  it("refuse a name that the kernel would cut", async () => {
    const fd = openSync(join(testDirectory(), "."), constants.O_RDONLY);
    try {
      await assert.rejects(createSubvolume(fd, "a\0b"), { errno: "EINVAL" });
      await assert.rejects(createSubvolume(fd, "é".repeat(128)), { errno: "ENAMETOOLONG" });
    } finally {
      closeSync(fd);
    }
  });
});
