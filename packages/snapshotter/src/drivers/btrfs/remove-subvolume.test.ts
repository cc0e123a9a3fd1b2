import assert from "node:assert/strict";
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createSubvolume, setSubvolumeReadonly } from "@gantry/sys/btrfs";
import { btrfsVolume, whyNoBtrfs } from "../../../conformance/btrfs-volume.ts";
import { withDirectory } from "./open-directory.ts";
import { removeSubvolume } from "./remove-subvolume.ts";

describe("removeSubvolume", { skip: whyNoBtrfs() ?? false }, () => {
  const volume = btrfsVolume();
  const make = (directory: string, name: string) => withDirectory(directory, ({ fd }) => createSubvolume(fd, name));
  const remove = async (directory: string) => {
    const points: string[] = [];
    await removeSubvolume(directory, "fs", (point) => points.push(point));
    return points;
  };

  it("removes one with its files, and takes its absence for success", async () => {
    const { directory } = await volume.makePlace();
    await make(directory, "fs");
    await writeFile(join(directory, "fs/file"), "");
    assert.deepEqual(await remove(directory), ["subvolume.destroy", "subvolume.destroyed"]);
    assert.deepEqual(await readdir(directory), []);
    assert.deepEqual(await remove(directory), []);
  });

  it("removes a read-only one that is nested in a read-only one", async () => {
    const { directory } = await volume.makePlace();
    await make(directory, "fs");
    await mkdir(join(directory, "fs/a b"));
    await make(join(directory, "fs/a b"), "nested");
    for (const path of ["fs/a b/nested", "fs"]) {
      await withDirectory(join(directory, path), ({ fd }) => setSubvolumeReadonly(fd, true));
    }
    const nested = ["subvolume.nested.destroy", "subvolume.nested.destroyed"];
    assert.deepEqual(await remove(directory), [...nested, "subvolume.destroy", "subvolume.destroyed"]);
    assert.deepEqual(await readdir(directory), []);
  });

  it("leaves alone what is no subvolume", async () => {
    const { directory } = await volume.makePlace();
    const [plain, linked] = [join(directory, "plain"), join(directory, "linked")];
    await mkdir(join(plain, "fs"), { recursive: true });
    await mkdir(linked);
    await make(directory, "target");
    await symlink("../target", join(linked, "fs"));
    for (const place of [plain, linked]) {
      assert.deepEqual(await remove(place), []);
      assert.deepEqual(await readdir(place), ["fs"]);
    }
    assert.deepEqual((await readdir(directory)).toSorted(), ["linked", "plain", "target"]);
  });
});
