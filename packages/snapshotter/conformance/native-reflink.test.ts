import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openNativeDriver } from "../src/drivers/native/native.ts";
import { syncTree } from "../src/drivers/zfs/sync-tree.ts";
import { btrfs } from "./btrfs-volume.ts";
import { openOnDisk } from "./harness.ts";
import { type LoopFileSystem, loopVolume, whyNoLoop } from "./loop-volume.ts";

const mebibyte = 1024 * 1024;
const large = 16 * mebibyte;

/** The least that mkfs.xfs takes is 300 MB. Files can share blocks by default since xfsprogs 5.1. */
const xfs: LoopFileSystem = { type: "xfs", package: "xfsprogs", sizeBytes: 320 * mebibyte, flags: ["-q"] };

/** Bytes in use on the file system of `path`, once everything written there has been given blocks. */
async function usedOn(path: string): Promise<number> {
  await syncTree(path);
  const { blocks, bfree, bsize } = await statfs(path);
  return (blocks - bfree) * bsize;
}

for (const kind of [btrfs, xfs]) {
  describe(`native driver on ${kind.type}`, () => {
    const volume = loopVolume(kind);
    const skip = whyNoLoop(kind) ?? false;

    it("shares the blocks of a parent's files with a child, until the child writes", { skip }, async (test) => {
      const content = randomBytes(large);
      const { snapshotter, withTree, close } = await openOnDisk(openNativeDriver, volume.makePlace);
      test.after(close);
      assert.ok(withTree);
      await withTree(await snapshotter.prepare("making base", null), (root) => writeFile(join(root, "large"), content));
      await snapshotter.commit("base", "making base");
      const { directory } = await volume.makePlace();

      const before = await usedOn(directory);
      const mounts = await snapshotter.prepare("key", "base");
      const shared = (await usedOn(directory)) - before;
      assert.ok(shared < mebibyte, `a child of ${large} bytes took ${shared}`);

      await withTree(mounts, async (root) => {
        assert.ok(content.equals(await readFile(join(root, "large"))));
        await writeFile(join(root, "large"), randomBytes(large), { flag: "r+" });
      });
      const written = (await usedOn(directory)) - before;
      assert.ok(written > large - mebibyte, `the child wrote ${large} bytes, which took ${written}`);
      await withTree(await snapshotter.view("view", "base"), async (root) => {
        assert.ok(content.equals(await readFile(join(root, "large"))));
      });
    });
  });
}
