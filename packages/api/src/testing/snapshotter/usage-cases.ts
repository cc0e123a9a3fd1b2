import assert from "node:assert/strict";
import { link, open, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rejectsWith } from "../assertions.ts";
import type { CaseGroup } from "../suite.ts";
import { commitEmpty, commitTree, onTrees, type SnapshotterHarness, viewTree } from "./harness.ts";

const mebibyte = 1024 * 1024;

export const usageCases: CaseGroup<SnapshotterHarness> = {
  "usage rejects an unknown name with not-found": async ({ snapshotter }) => {
    await rejectsWith("not-found", snapshotter.usage("nothing"));
  },

  "usage is never negative, for every kind": async ({ snapshotter }) => {
    await commitEmpty(snapshotter, "base");
    await snapshotter.prepare("active", "base");
    await snapshotter.view("view", "base");
    for (const name of ["base", "active", "view"]) {
      const { sizeBytes, inodes } = await snapshotter.usage(name);
      assert.ok(sizeBytes >= 0n && inodes >= 0n, name);
    }
  },

  "usage of an active snapshot follows what is written and removed": onTrees(async ({ snapshotter, withTree }) => {
    const mounts = await snapshotter.prepare("key", null);
    const empty = await snapshotter.usage("key");
    await withTree(mounts, async (root) => {
      await writeFile(join(root, "one"), Buffer.alloc(mebibyte, 1));
      await sync(join(root, "one"));
      await writeFile(join(root, "two"), "x");
    });
    const full = await snapshotter.usage("key");
    assert.equal(full.inodes, empty.inodes + 2n);
    assert.ok(full.sizeBytes >= empty.sizeBytes + BigInt(mebibyte), `${full.sizeBytes}`);
    await withTree(mounts, async (root) => {
      await unlink(join(root, "one"));
      await unlink(join(root, "two"));
    });
    assert.equal((await snapshotter.usage("key")).inodes, empty.inodes);
  }),

  "usage counts a file with several names once": onTrees(async ({ snapshotter, withTree }) => {
    const mounts = await snapshotter.prepare("key", null);
    const empty = await snapshotter.usage("key");
    await withTree(mounts, async (root) => {
      await writeFile(join(root, "name"), Buffer.alloc(mebibyte, 1));
      await sync(join(root, "name"));
      for (let index = 0; index < 5; index += 1) {
        await link(join(root, "name"), join(root, `name ${index}`));
      }
    });
    const { sizeBytes, inodes } = await snapshotter.usage("key");
    assert.equal(inodes, empty.inodes + 1n);
    assert.ok(sizeBytes < empty.sizeBytes + BigInt(2 * mebibyte), `${sizeBytes}`);
  }),

  "usage counts what is allocated, not the holes in a file": onTrees(async ({ snapshotter, withTree }) => {
    const mounts = await snapshotter.prepare("key", null);
    await withTree(mounts, async (root) => {
      const file = await open(join(root, "sparse"), "w");
      await file.truncate(64 * mebibyte);
      await file.close();
    });
    assert.ok((await snapshotter.usage("key")).sizeBytes < BigInt(mebibyte));
  }),

  "usage of a committed snapshot is that of its key, its parent not counted where files are shared": onTrees(
    async (harness) => {
      const { snapshotter, withTree } = harness;
      await commitTree(harness, "base", null, async (root) => {
        await writeFile(join(root, "large"), Buffer.alloc(4 * mebibyte, 1));
        await sync(join(root, "large"));
      });
      await withTree(await snapshotter.prepare("key", "base"), (root) => writeFile(join(root, "small"), "x"));
      const active = await snapshotter.usage("key");
      await snapshotter.commit("name", "key");
      assert.deepEqual(await snapshotter.usage("name"), active);
      await viewTree(harness, "name", async () => {});
      assert.deepEqual(await snapshotter.usage("name"), active);
      assert.ok((await snapshotter.usage("base")).sizeBytes >= BigInt(4 * mebibyte));
      if (snapshotter.capabilities.copyOnWrite) {
        assert.ok(active.sizeBytes < BigInt(mebibyte), `${active.sizeBytes}`);
      }
    },
  ),
};

/** A file system may allocate the blocks of a file as late as when it is written back. */
async function sync(path: string): Promise<void> {
  const file = await open(path, "r");
  await file.sync();
  await file.close();
}
