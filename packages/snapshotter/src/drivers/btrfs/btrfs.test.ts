import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { promisify } from "node:util";
import { rejectsWith } from "@gantry/api/testing";
import { mountAll, unmountAll } from "@gantry/sys";
import { createSubvolume, destroySubvolume, qgroupUsage, setSubvolumeReadonly, subvolumeInfo } from "@gantry/sys/btrfs";
import { type BtrfsVolume, btrfsVolume, whyNoBtrfs } from "../../../conformance/btrfs-volume.ts";
import type { Layer, SnapshotDriver } from "../../driver.ts";
import { createMemoryStore } from "../../records/sqlite-store.ts";
import { createSnapshotter } from "../../snapshotter.ts";
import { openBtrfsDriver } from "./btrfs.ts";
import { withDirectory } from "./open-directory.ts";

const call = { fault: () => {} };
const mebibyte = 1024 * 1024;
const skip = whyNoBtrfs() ?? false;

function layer(id: number, ancestors: readonly number[], readonly = false): Layer {
  return { id, ancestors, readonly };
}

interface Opened {
  readonly root: string;
  readonly driver: SnapshotDriver;
  /** Where the files of a layer are. */
  readonly files: (id: number) => string;
}

async function openOn(volume: BtrfsVolume, test: TestContext): Promise<Opened> {
  const { directory: root } = await volume.makePlace();
  const driver = await openBtrfsDriver(root);
  test.after(() => driver.close());
  await driver.list();
  return { root, driver, files: (id) => join(root, "snapshots", `${id}`, "fs") };
}

async function makeIn(directory: string, name: string): Promise<void> {
  await withDirectory(directory, ({ fd }) => createSubvolume(fd, name));
}

describe("btrfs driver", { skip }, () => {
  const volume = btrfsVolume();

  it("shows a layer by the number of its subvolume, from the root's device", async (test) => {
    const { driver, files } = await openOn(volume, test);
    await driver.make(layer(1, []), call);
    const { id } = await withDirectory(files(1), ({ fd }) => subvolumeInfo(fd));
    const [mount, ...others] = await driver.mounts(layer(1, []));
    assert.deepEqual(others, []);
    assert.match(mount?.source ?? "", /^\/dev\/loop/);
    assert.deepEqual(mount?.options, [`subvolid=${id}`, "rw"]);
  });

  it("works where the root is mounted from a subvolume", async (test) => {
    const { root: outer } = await openOn(volume, test);
    await makeIn(outer, "inner");
    const shown = join(outer, "shown");
    await mkdir(shown);
    const { id } = await withDirectory(join(outer, "inner"), ({ fd }) => subvolumeInfo(fd));
    const { source } = await deviceOf(outer);
    await mountAll([{ type: "btrfs", source, target: "", options: [`subvolid=${id}`] }], shown);
    try {
      const driver = await openBtrfsDriver(shown);
      await driver.list();
      await driver.make(layer(1, []), call);
      await writeFile(join(shown, "snapshots/1/fs/file"), "");
      const place = join(outer, "tree");
      await mkdir(place);
      await mountAll(await driver.mounts(layer(1, [])), place);
      assert.deepEqual(await readdir(place), ["file"]);
      await unmountAll(place);
      await driver.close();
    } finally {
      await unmountAll(shown);
    }
  });

  it("gives a fresh tree the mode 0755 whatever the umask", async (test) => {
    const { driver, files } = await openOn(volume, test);
    const before = process.umask(0o077);
    test.after(() => process.umask(before));
    await driver.make(layer(1, []), call);
    assert.equal((await stat(files(1))).mode & 0o7777, 0o755);
  });

  it("makes a view that refuses writes even without its mount", async (test) => {
    const { driver, files } = await openOn(volume, test);
    await driver.make(layer(1, []), call);
    await driver.make(layer(2, [1], true), call);
    await driver.make(layer(3, [], true), call);
    for (const id of [2, 3]) {
      await assert.rejects(writeFile(join(files(id), "file"), ""), { code: "EROFS" });
    }
  });

  it("can be mounted read-only beside its writable mount", async (test) => {
    const { root, driver, files } = await openOn(volume, test);
    await driver.make(layer(1, []), call);
    const mounts = await driver.mounts(layer(1, []));
    const [writable, beside] = [join(root, "writable"), join(root, "beside")];
    await Promise.all([mkdir(writable), mkdir(beside)]);
    await mountAll(mounts, writable);
    await mountAll(
      mounts.map((mount) => ({ ...mount, options: [...mount.options, "ro"] })),
      beside,
    );
    await writeFile(join(writable, "file"), "");
    assert.deepEqual(await readdir(beside), ["file"]);
    await assert.rejects(writeFile(join(beside, "file"), ""), { code: "EROFS" });
    await unmountAll(beside);
    await writeFile(join(files(1), "another"), "");
    await unmountAll(writable);
  });

  it("counts what was written since the parent, the parent's files not", async (test) => {
    const { driver, files } = await openOn(volume, test);
    await driver.make(layer(1, []), call);
    await writeFile(join(files(1), "large"), Buffer.alloc(2 * mebibyte, 1));
    const { sizeBytes, inodes } = await driver.seal(layer(1, []), call);
    assert.deepEqual({ sizeBytes, inodes }, { sizeBytes: BigInt(2 * mebibyte), inodes: 2n });
    await driver.make(layer(2, [1]), call);
    assert.deepEqual(await driver.usage(layer(2, [1]), call), { sizeBytes: 0n, inodes: 0n });
    await writeFile(join(files(2), "more"), Buffer.alloc(mebibyte, 1));
    // The file, and the directory that it was made in.
    assert.deepEqual(await driver.usage(layer(2, [1]), call), { sizeBytes: BigInt(mebibyte), inodes: 2n });
  });

  it("counts every file of a tree that takes several reads", async (test) => {
    const { driver, files } = await openOn(volume, test);
    await driver.make(layer(1, []), call);
    const names = Array.from({ length: 3000 }, (_, index) => `a file with a name of some length ${index}`);
    for (const name of names) {
      await writeFile(join(files(1), name), "");
    }
    assert.equal((await driver.usage(layer(1, []), call)).inodes, 3001n);
  });

  it("removes subvolumes that were made in a layer, nested and read-only ones too", async (test) => {
    const { driver, files } = await openOn(volume, test);
    await driver.make(layer(1, []), call);
    const directory = join(files(1), "var/lib");
    await mkdir(directory, { recursive: true });
    await makeIn(directory, "outer");
    await makeIn(join(directory, "outer"), "inner");
    await makeIn(files(1), "beside");
    await writeFile(join(directory, "outer/inner/file"), "");
    await withDirectory(join(directory, "outer"), ({ fd }) => setSubvolumeReadonly(fd, true));
    await driver.remove(1, call);
    assert.deepEqual(await driver.list(), []);
    await driver.remove(1, call);
  });

  it("refuses to seal a layer that subvolumes were made in, names them, and loses nothing", async (test) => {
    const { driver, files } = await openOn(volume, test);
    await driver.make(layer(1, []), call);
    const directory = join(files(1), "var/lib");
    await mkdir(directory, { recursive: true });
    await makeIn(directory, "outer");
    await makeIn(join(directory, "outer"), "inner");
    await writeFile(join(directory, "outer/inner/file"), "kept");
    const one = await rejectsWith("failed-precondition", driver.seal(layer(1, []), call));
    assert.match(one.detail, /children would miss: "\/var\/lib\/outer"; /);
    for (const name of ["a", "b", "c"]) {
      await makeIn(files(1), name);
    }
    const several = await rejectsWith("failed-precondition", driver.seal(layer(1, []), call));
    assert.match(several.detail, /: "\/a", "\/b", "\/c" and 1 more; /);
    assert.equal(await readFile(join(directory, "outer/inner/file"), "utf8"), "kept");
    for (const [holder, name] of [
      [files(1), "a"],
      [files(1), "b"],
      [files(1), "c"],
      [join(directory, "outer"), "inner"],
      [directory, "outer"],
    ] as const) {
      await withDirectory(holder, ({ fd }) => destroySubvolume(fd, name));
    }
    await driver.seal(layer(1, []), call);
  });

  it("keeps a snapshot Active whose commit it refuses", async (test) => {
    const { driver, files } = await openOn(volume, test);
    const snapshotter = await createSnapshotter(driver, createMemoryStore());
    await snapshotter.prepare("key", null);
    await makeIn(files(1), "nested");
    const error = await rejectsWith("failed-precondition", snapshotter.commit("name", "key"));
    assert.match(error.message, /^snapshot "key": subvolumes were made in it/);
    assert.equal((await snapshotter.stat("key")).kind, "active");
    await withDirectory(files(1), ({ fd }) => destroySubvolume(fd, "nested"));
    await snapshotter.commit("name", "key");
  });

  it("goes on with a removal that was cut off between two subvolumes", async (test) => {
    const { driver, files } = await openOn(volume, test);
    await driver.make(layer(1, []), call);
    await makeIn(files(1), "one");
    await makeIn(files(1), "two");
    const cut = new Error("cut off");
    const fault = (point: string) => {
      if (point === "subvolume.nested.destroyed") {
        throw cut;
      }
    };
    await assert.rejects(driver.remove(1, { fault }), cut);
    assert.equal((await readdir(files(1))).length, 1);
    await driver.remove(1, call);
    assert.deepEqual(await driver.list(), []);
  });

  it("rejects with data-loss where a plain directory took the place of a subvolume", async (test) => {
    const { driver, files } = await openOn(volume, test);
    await mkdir(files(1), { recursive: true });
    await rejectsWith("data-loss", driver.mounts(layer(1, [])));
    await rejectsWith("data-loss", driver.make(layer(2, [1]), call));
    await driver.remove(1, call);
    assert.deepEqual(await driver.list(), []);
  });

  it("leaves nothing of its trial behind, and removes what one left that was killed", async (test) => {
    const { root } = await openOn(volume, test);
    await mkdir(join(root, "probe/shown"), { recursive: true });
    await makeIn(join(root, "probe"), "fs");
    await (await openBtrfsDriver(root)).close();
    assert.deepEqual(await readdir(root), ["snapshots"]);
  });
});

describe("btrfs driver with quotas", { skip }, () => {
  const volume = btrfsVolume(async (mountPoint) => {
    for (const args of [
      ["enable", mountPoint],
      ["rescan", "-w", mountPoint],
    ]) {
      await promisify(execFile)("btrfs", ["quota", ...args]);
    }
  });

  it("counts what the quota group has for itself", async (test) => {
    const { driver, files } = await openOn(volume, test);
    await driver.make(layer(1, []), call);
    await writeFile(join(files(1), "large"), Buffer.alloc(2 * mebibyte, 1));
    const { sizeBytes } = await driver.seal(layer(1, []), call);
    const group = await withDirectory(files(1), async ({ fd }) => qgroupUsage(fd, (await subvolumeInfo(fd)).id));
    assert.equal(group?.exclusiveBytes, sizeBytes);
    // More than the content: the tree itself takes space.
    assert.ok(sizeBytes > BigInt(2 * mebibyte) && sizeBytes < BigInt(3 * mebibyte), `${sizeBytes}`);
    await driver.make(layer(2, [1]), call);
    await writeFile(join(files(2), "more"), Buffer.alloc(mebibyte, 1));
    const child = await driver.usage(layer(2, [1]), call);
    assert.ok(child.sizeBytes > BigInt(mebibyte) && child.sizeBytes < BigInt(2 * mebibyte), `${child.sizeBytes}`);
  });
});

describe("btrfs driver elsewhere", { skip: process.platform !== "linux" && "needs Linux" }, () => {
  it("rejects a root on another file system with unimplemented", async () => {
    const error = await rejectsWith("unimplemented", openBtrfsDriver("/proc"));
    assert.match(error.detail, /btrfs subvolumes do not work here: the file system is of type 0x9fa0/);
  });
});

async function deviceOf(root: string): Promise<{ readonly source: string }> {
  const driver = await openBtrfsDriver(root);
  await driver.make(layer(99, []), call);
  const [mount] = await driver.mounts(layer(99, []));
  await driver.close();
  return mount ?? assert.fail("no mount");
}
