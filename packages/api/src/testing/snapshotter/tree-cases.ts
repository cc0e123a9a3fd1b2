import assert from "node:assert/strict";
import { chmod, chown, link, lstat, mkdir, readFile, readlink, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CaseGroup } from "../suite.ts";
import { commitTree, onTrees, type SnapshotterHarness, viewTree } from "./harness.ts";
import { readTree } from "./read-tree.ts";

/** A bit of everything that images contain and a plain user space program can make. */
async function furnish(root: string): Promise<void> {
  await mkdir(join(root, "etc/deep/er"), { recursive: true });
  await writeFile(join(root, "etc/passwd"), "root:x:0:0::/root:/bin/sh\n");
  await writeFile(join(root, "etc/deep/er/file"), "deep");
  await writeFile(join(root, "empty"), "");
  await writeFile(join(root, "setuid"), "#!/bin/sh\n");
  await chown(join(root, "setuid"), 1000, 2000);
  await chmod(join(root, "setuid"), 0o4755);
  await writeFile(join(root, "setgid"), "#!/bin/sh\n");
  await chmod(join(root, "setgid"), 0o2711);
  await writeFile(join(root, "sticky"), "");
  await chmod(join(root, "sticky"), 0o1000);
  await mkdir(join(root, "tmp"));
  await chmod(join(root, "tmp"), 0o1777);
  await mkdir(join(root, "private"));
  await chmod(join(root, "private"), 0o700);
  await chown(join(root, "private"), 33, 33);
  await symlink("/etc/passwd", join(root, "absolute link"));
  await symlink("../../../../nowhere", join(root, "dangling link"));
  await link(join(root, "etc/passwd"), join(root, "second name"));
  await writeFile(join(root, ".wh.not a whiteout"), "kept");
  await writeFile(join(root, "x".repeat(255)), "long name");
  await writeFile(Buffer.concat([Buffer.from(join(root, "latin1 ")), Buffer.of(0xe9)]), "a name that is no UTF-8");
}

export const treeCases: CaseGroup<SnapshotterHarness> = {
  "prepare shows an empty tree whose root is mode 0755 whatever the umask": onTrees(
    async ({ snapshotter, withTree }) => {
      const umask = process.umask(0o077);
      const mounts = await snapshotter.prepare("key", null).finally(() => process.umask(umask));
      assert.deepEqual(await withTree(mounts, readTree), new Map([[".", "directory 755 0:0"]]));
    },
  ),

  "prepare shows exactly the tree of its parent": onTrees(async (harness) => {
    let made: ReadonlyMap<string, string> = new Map();
    await commitTree(harness, "base", null, async (root) => {
      await furnish(root);
      made = await readTree(root);
    });
    const mounts = await harness.snapshotter.prepare("key", "base");
    assert.deepEqual(await harness.withTree(mounts, readTree), made);
    assert.deepEqual(await viewTree(harness, "base", readTree), made);
  }),

  "prepare takes mode and owner of the parent's root directory over": onTrees(async (harness) => {
    await commitTree(harness, "base", null, async (root) => {
      await chown(root, 12, 34);
      await chmod(root, 0o1711);
    });
    const expected = new Map([[".", "directory 1711 12:34"]]);
    await commitTree(harness, "middle", "base", async (root) => {
      assert.deepEqual(await readTree(root), expected);
    });
    assert.deepEqual(await viewTree(harness, "middle", readTree), expected);
  }),

  "writes of a child reach neither its parent nor its siblings": onTrees(async (harness) => {
    const { snapshotter, withTree } = harness;
    await commitTree(harness, "base", null, furnish);
    const before = await viewTree(harness, "base", readTree);
    const sibling = await snapshotter.prepare("sibling", "base");
    await withTree(await snapshotter.prepare("key", "base"), async (root) => {
      await writeFile(join(root, "etc/passwd"), "changed");
      await writeFile(join(root, "new"), "new");
      await chmod(join(root, "tmp"), 0o700);
      await rm(join(root, "etc/deep"), { recursive: true });
      await unlink(join(root, "empty"));
    });
    assert.deepEqual(await withTree(sibling, readTree), before);
    assert.deepEqual(await viewTree(harness, "base", readTree), before);
  }),

  "writes survive until the next time the key is shown, and its commit": onTrees(async (harness) => {
    const { snapshotter, withTree } = harness;
    await withTree(await snapshotter.prepare("key", null), (root) => writeFile(join(root, "file"), "1"));
    await withTree(await snapshotter.mounts("key"), async (root) => {
      assert.equal(await readFile(join(root, "file"), "utf8"), "1");
      await writeFile(join(root, "file"), "2");
    });
    await snapshotter.commit("name", "key");
    assert.equal(await viewTree(harness, "name", (root) => readFile(join(root, "file"), "utf8")), "2");
  }),

  "a view refuses every write": onTrees(async (harness) => {
    await commitTree(harness, "base", null, furnish);
    await commitTree(harness, "top", "base", (root) => writeFile(join(root, "file"), "x"));
    const before = await viewTree(harness, "top", readTree);
    for (const parent of ["base", "top", null]) {
      const key = `view of ${parent}`;
      await harness.withTree(await harness.snapshotter.view(key, parent), refusesWrites);
      await harness.snapshotter.remove(key);
    }
    assert.deepEqual(await viewTree(harness, "top", readTree), before);
  }),

  "a removed key leaves nothing to its successor": onTrees(async ({ snapshotter, withTree }) => {
    await withTree(await snapshotter.prepare("key", null), furnish);
    await snapshotter.remove("key");
    assert.equal((await withTree(await snapshotter.prepare("key", null), readTree)).size, 1);
  }),

  "files survive a restart": async (harness, context) => {
    const { snapshotter, withTree, reopen } = harness;
    if (withTree === undefined || reopen === undefined) {
      context.skip("the harness performs no mounts or cannot reopen");
      return;
    }
    await commitTree({ snapshotter, withTree }, "base", null, furnish);
    await withTree(await snapshotter.prepare("key", "base"), (root) => writeFile(join(root, "mine"), "x"));
    const base = await viewTree({ snapshotter, withTree }, "base", readTree);
    const key = await withTree(await snapshotter.mounts("key"), readTree);
    const again = await reopen();
    assert.deepEqual(await viewTree({ snapshotter: again, withTree }, "base", readTree), base);
    assert.deepEqual(await withTree(await again.mounts("key"), readTree), key);
  },
};

async function refusesWrites(root: string): Promise<void> {
  const writes: readonly (() => Promise<unknown>)[] = [
    () => writeFile(join(root, "new"), "x"),
    () => mkdir(join(root, "new directory")),
    () => chmod(root, 0o700),
    () => symlink("x", join(root, "new link")),
  ];
  for (const write of writes) {
    await assert.rejects(write, { code: "EROFS" });
  }
  const existing = join(root, "etc/passwd");
  if (await lstat(existing).catch(() => null)) {
    await assert.rejects(writeFile(existing, "x"), { code: "EROFS" });
    await assert.rejects(unlink(existing), { code: "EROFS" });
    await assert.rejects(chown(existing, 1, 1), { code: "EROFS" });
    assert.equal(await readlink(join(root, "absolute link")), "/etc/passwd");
  }
}
