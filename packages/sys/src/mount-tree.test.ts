import assert from "node:assert/strict";
import { closeSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openUserNamespace } from "./id-map.ts";
import { listMounts } from "./mount-info.ts";
import { openMountTarget } from "./mount-target.ts";
import { cloneTree, mapOwners, moveMount } from "./mount-tree.ts";
import { needsRoot, testDirectory } from "./testing/directory.ts";
import { detachMount } from "./unmount.ts";

const ids = [{ stored: 0, shown: 100_000, size: 1 }];

describe("a tree of mounts of its own", { skip: needsRoot }, () => {
  const root = testDirectory();
  const [source, target] = [join(root, "source"), join(root, "target")];
  for (const path of [source, target]) mkdirSync(path);
  writeFileSync(join(source, "file"), "");

  it("is seen nowhere until it is put somewhere, and there until it is detached", async () => {
    using from = openMountTarget(source, "");
    const tree = cloneTree(from, { recursive: false });
    try {
      assert.deepEqual(await listMounts(root), []);
      using to = openMountTarget(target, "");
      assert.equal(moveMount(tree, to), 0);
      assert.equal((await listMounts(root)).length, 1);
      assert.equal(statSync(join(target, "file")).uid, 0);
      await detachMount(target);
      assert.deepEqual(await listMounts(root), []);
      await detachMount(target);
    } finally {
      closeSync(tree);
    }
  });

  it("shows other owners, and takes no second map", async () => {
    using from = openMountTarget(source, "");
    const tree = cloneTree(from, { recursive: false });
    const namespace = await openUserNamespace({ uids: ids, gids: ids });
    try {
      mapOwners(tree, namespace, source);
      using to = openMountTarget(target, "");
      assert.equal(moveMount(tree, to), 0);
      assert.equal(statSync(join(target, "file")).uid, 100_000);
      assert.equal(statSync(join(source, "file")).uid, 0);
      assert.throws(() => mapOwners(tree, namespace, source), { syscall: "mount_setattr" });
      await detachMount(target);
    } finally {
      closeSync(namespace);
      closeSync(tree);
    }
  });

  it("is refused where the file system has no such mounts, saying so", async () => {
    using proc = openMountTarget("/proc", "");
    const tree = cloneTree(proc, { recursive: false });
    const namespace = await openUserNamespace({ uids: ids, gids: ids });
    try {
      const refusal = { code: "EINVAL", message: /show "\/proc" with other owners: the file system there cannot/ };
      assert.throws(() => mapOwners(tree, namespace, "/proc"), refusal);
    } finally {
      closeSync(namespace);
      closeSync(tree);
    }
  });
});
