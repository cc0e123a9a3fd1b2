import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, it } from "node:test";
import {
  createSubvolume,
  createSubvolumeSnapshot,
  destroySubvolume,
  isSubvolumeReadonly,
  nestedSubvolumes,
  setSubvolumeReadonly,
  subvolumeInfo,
} from "./btrfs-subvolume.ts";
import { btrfsVolume, inDirectory, whyNoBtrfs } from "./testing/btrfs-volume.ts";

describe("subvolumes of btrfs", { skip: whyNoBtrfs }, () => {
  const volume = btrfsVolume();
  let place = "";
  let places = 0;

  beforeEach(() => {
    places += 1;
    place = join(volume, `${places}`);
    mkdirSync(place);
  });

  const make = (name: string | Uint8Array, directory = place) =>
    inDirectory(directory, (fd) => createSubvolume(fd, name));
  const destroy = (name: string | Uint8Array) => inDirectory(place, (fd) => destroySubvolume(fd, name));
  const snapshot = (from: string, name: string, readonly = false) =>
    inDirectory(join(place, from), (source) =>
      inDirectory(place, (fd) => createSubvolumeSnapshot(fd, name, { fd: source, readonly })),
    );
  const infoOf = (name: string) => inDirectory(join(place, name), subvolumeInfo);

  it("are made empty, each with a number of its own", async () => {
    await make("a");
    await make("b");
    assert.deepEqual(readdirSync(join(place, "a")), []);
    const [a, b] = [await infoOf("a"), await infoOf("b")];
    assert.notEqual(a.id, b.id);
    assert.ok(a.id >= 256n, "below are the trees of the file system itself");
    assert.equal(a.isSnapshot, false);
  });

  it("are refused where the name is taken, and leave it as it was", async () => {
    await make("a");
    writeFileSync(join(place, "a/file"), "kept");
    await assert.rejects(make("a"), { errno: "EEXIST", syscall: "BTRFS_IOC_SUBVOL_CREATE", path: "a" });
    assert.equal(readFileSync(join(place, "a/file"), "utf8"), "kept");
  });

  it("take names that are no UTF-8", async () => {
    const name = Buffer.from([0x66, 0xff, 0xfe]);
    await make(name);
    assert.deepEqual(readdirSync(place, { encoding: "buffer" }), [name]);
    await destroy(name);
    assert.deepEqual(readdirSync(place), []);
  });

  it("are snapshotted with what is written by then, and go on apart", async () => {
    await make("a");
    writeFileSync(join(place, "a/file"), "first");
    await snapshot("a", "b");
    writeFileSync(join(place, "a/file"), "second");
    assert.equal(readFileSync(join(place, "b/file"), "utf8"), "first");
    writeFileSync(join(place, "b/file"), "third");
    assert.equal(readFileSync(join(place, "a/file"), "utf8"), "second");
    const { id, isSnapshot, createdIn } = await infoOf("b");
    assert.equal(isSnapshot, true);
    assert.ok(id > (await infoOf("a")).id && createdIn > 0n);
  });

  it("are snapshotted read-only, and can be switched", async () => {
    await make("a");
    await snapshot("a", "b", true);
    const flag = (name: string) => inDirectory(join(place, name), isSubvolumeReadonly);
    const file = join(place, "b/file");
    assert.deepEqual([await flag("a"), await flag("b")], [false, true]);
    assert.throws(() => writeFileSync(file, ""), { code: "EROFS" });
    await inDirectory(join(place, "b"), (fd) => setSubvolumeReadonly(fd, false));
    writeFileSync(file, "");
    await inDirectory(join(place, "b"), (fd) => setSubvolumeReadonly(fd, true));
    assert.throws(() => writeFileSync(file, "more"), { code: "EROFS" });
    assert.deepEqual([await flag("a"), await flag("b")], [false, true]);
  });

  it("cannot be snapshotted from a directory that is none, or from another file system", async () => {
    mkdirSync(join(place, "plain"));
    await assert.rejects(snapshot("plain", "b"), { errno: "EINVAL" });
    const foreign = inDirectory("/proc", (source) =>
      inDirectory(place, (fd) => createSubvolumeSnapshot(fd, "b", { fd: source, readonly: false })),
    );
    await assert.rejects(foreign, { errno: "EXDEV", path: "b" });
    assert.equal(existsSync(join(place, "b")), false);
  });

  it("are destroyed with their files; what is missing, and what is none, says so", async () => {
    await make("a");
    mkdirSync(join(place, "a/directory"));
    writeFileSync(join(place, "a/directory/file"), "");
    await destroy("a");
    assert.deepEqual(readdirSync(place), []);
    await assert.rejects(destroy("a"), { errno: "ENOENT" });
    mkdirSync(join(place, "plain"));
    await assert.rejects(destroy("plain"), { errno: "EINVAL" });
    assert.deepEqual(readdirSync(place), ["plain"]);
  });

  it("are listed where they lie in another, one level deep, and keep it from being destroyed", async () => {
    await make("a");
    assert.deepEqual(await inDirectory(join(place, "a"), nestedSubvolumes), []);
    await make("top", join(place, "a"));
    mkdirSync(join(place, "a/x/y"), { recursive: true });
    await make("deep", join(place, "a/x/y"));
    await make("beyond", join(place, "a/top"));
    const nested = await inDirectory(join(place, "a"), nestedSubvolumes);
    const paths = nested.map(({ directory, name }) => `${directory}${name}`);
    assert.deepEqual(paths.sort(), ["top", "x/y/deep"]);
    assert.deepEqual(
      new Set(nested.map(({ id }) => id)),
      new Set([(await infoOf("a/top")).id, (await infoOf("a/x/y/deep")).id]),
    );
    await assert.rejects(destroy("a"), { errno: "ENOTEMPTY" });
    assert.ok(existsSync(join(place, "a/x/y/deep")));
  });
});
