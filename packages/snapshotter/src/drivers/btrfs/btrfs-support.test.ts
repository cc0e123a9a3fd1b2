import assert from "node:assert/strict";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { rejectsWith } from "@gantry/api/testing";
import { listMounts, mountAll, unmountAll } from "@gantry/sys";
import { createSubvolume, subvolumeInfo } from "@gantry/sys/btrfs";
import { btrfsVolume, whyNoBtrfs } from "../../../conformance/btrfs-volume.ts";
import { scratchDirectory } from "../../../conformance/scratch-directory.ts";
import { findBtrfsDevice, subvolumeMount } from "./btrfs-support.ts";
import { withDirectory } from "./open-directory.ts";

describe("findBtrfsDevice", { skip: whyNoBtrfs() ?? false }, () => {
  const volume = btrfsVolume();

  it("gives the device that the file system of the root is on, and leaves nothing", async () => {
    const { directory } = await volume.makePlace();
    const device = await findBtrfsDevice(directory);
    const mounts = await listMounts();
    assert.ok(
      mounts.some(
        ({ type, source, mountPoint }) => type === "btrfs" && source === device && directory.startsWith(mountPoint),
      ),
    );
    assert.deepEqual(await readdir(directory), []);
  });

  it("clears what a crash in the middle of an earlier try has left", async () => {
    const { directory } = await volume.makePlace();
    const device = await findBtrfsDevice(directory);
    const shown = join(directory, "probe/shown");
    await mkdir(shown, { recursive: true });
    await withDirectory(join(directory, "probe"), ({ fd }) => createSubvolume(fd, "fs"));
    const { id } = await withDirectory(join(directory, "probe/fs"), ({ fd }) => subvolumeInfo(fd));
    await mountAll([subvolumeMount(device, id, "rw")], shown);
    assert.equal(await findBtrfsDevice(directory), device);
    assert.deepEqual(await readdir(directory), []);
    assert.deepEqual(await listMounts(directory), []);
  });

  it("is unimplemented on another file system, whose type it names", async (test) => {
    const root = await scratchDirectory(test);
    const place = join(root, "tmpfs");
    await mkdir(place);
    await mountAll([{ type: "tmpfs", source: "tmpfs", target: "", options: [] }], place);
    const error = await rejectsWith("unimplemented", findBtrfsDevice(place));
    assert.match(error.detail, /file system is of type 0x1021994/);
    await unmountAll(place);
  });
});
