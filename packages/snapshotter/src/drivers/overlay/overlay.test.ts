import assert from "node:assert/strict";
import { chmod, chown, mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { rejectsWith } from "@gantry/api/testing";
import { mountAll, unmountAll } from "@gantry/sys";
import { getXattr, listXattrs, setXattr } from "@gantry/sys/at";
import { isRoot, scratchDirectory } from "../../../conformance/scratch-directory.ts";
import type { Layer, SnapshotDriver } from "../../driver.ts";
import { openOverlayDriver } from "./overlay.ts";
import { findOverlayOptions } from "./overlay-support.ts";

const call = { fault: () => {} };

function layer(id: number, ancestors: readonly number[], readonly = false): Layer {
  return { id, ancestors, readonly };
}

async function openIn(test: TestContext): Promise<{ readonly root: string; readonly driver: SnapshotDriver }> {
  const root = await scratchDirectory(test);
  const driver = await openOverlayDriver(root, { unsynced: true });
  test.after(() => driver.close());
  await driver.list();
  return { root, driver };
}

/** Makes layers 1 to `count`, each on top of the one before. */
async function makeChain(driver: SnapshotDriver, count: number): Promise<readonly number[]> {
  const ancestors: number[] = [];
  for (let id = 1; id <= count; id += 1) {
    await driver.make(layer(id, [...ancestors]), call);
    ancestors.unshift(id);
  }
  return ancestors;
}

describe("overlay driver", { skip: !isRoot && "mounting needs root" }, () => {
  it("shows one layer by a bind mount", async (test) => {
    const { root, driver } = await openIn(test);
    await makeChain(driver, 1);
    const source = join(root, "snapshots/1/fs");
    assert.deepEqual(await driver.mounts(layer(1, [])), [
      { type: "bind", source, target: "", options: ["rbind", "rw"] },
    ]);
    await driver.make(layer(2, [1], true), call);
    assert.deepEqual(await driver.mounts(layer(2, [1], true)), [
      { type: "bind", source, target: "", options: ["rbind", "ro"] },
    ]);
  });

  it("shows several layers by an overlay, nearest first, with index off", async (test) => {
    const { root, driver } = await openIn(test);
    await makeChain(driver, 3);
    const path = (id: number, part: string) => join(root, "snapshots", `${id}`, part);
    const [writable] = await driver.mounts(layer(3, [2, 1]));
    assert.equal(writable?.type, "overlay");
    assert.ok(writable.options.includes("index=off"));
    assert.ok(writable.options.includes(`upperdir=${path(3, "fs")}`));
    assert.ok(writable.options.includes(`workdir=${path(3, "work")}`));
    assert.ok(writable.options.includes(`lowerdir=${path(2, "fs")}:${path(1, "fs")}`));
    await driver.make(layer(4, [3, 2, 1], true), call);
    const [view] = await driver.mounts(layer(4, [3, 2, 1], true));
    assert.ok(view?.options.includes("ro"));
    assert.doesNotMatch(`${view?.options}`, /upperdir=|workdir=/);
  });

  it("begins the root directory of a layer as its parent's is, without the marks of overlays", async (test) => {
    const { root, driver } = await openIn(test);
    await driver.make(layer(1, []), call);
    const parent = join(root, "snapshots/1/fs");
    await chown(parent, 12, 34);
    await chmod(parent, 0o1750);
    setXattr(parent, "user.note", Buffer.from("kept"));
    setXattr(parent, "trusted.overlay.opaque", Buffer.from("y"));
    await utimes(parent, 1, 2);
    await driver.make(layer(2, [1]), call);
    const child = join(root, "snapshots/2/fs");
    const { uid, gid, mode, mtimeMs } = await stat(child);
    assert.deepEqual([uid, gid, mode & 0o7777, mtimeMs], [12, 34, 0o1750, 2000]);
    assert.deepEqual(listXattrs(child), ["user.note"]);
    assert.deepEqual(getXattr(child, "user.note"), Buffer.from("kept"));
  });

  it("mounts as many layers as the kernel stacks, and rejects one more with invalid-argument", async (test) => {
    const { root, driver } = await openIn(test);
    const ancestors = await makeChain(driver, 500);
    await writeFile(join(root, "snapshots/1/fs/bottom"), "reached");
    await driver.make(layer(501, ancestors), call);
    const place = join(root, "place");
    await mkdir(place);
    await mountAll(await driver.mounts(layer(501, ancestors)), place);
    assert.equal(await readFile(join(place, "bottom"), "utf8"), "reached");
    await writeFile(join(place, "top"), "");
    await unmountAll(place);
    const tooMany = await rejectsWith("invalid-argument", driver.make(layer(502, [501, ...ancestors]), call));
    assert.match(tooMany.message, /501 snapshots below it/);
    assert.equal((await driver.list()).includes(502), false);
  });

  it("reports missing files with data-loss that names them", async (test) => {
    const { root, driver } = await openIn(test);
    await makeChain(driver, 2);
    await driver.remove(1, call);
    const error = await rejectsWith("data-loss", driver.mounts(layer(2, [1])));
    assert.ok(error.message.includes(join(root, "snapshots/1/fs")), error.message);
    await rejectsWith("data-loss", driver.make(layer(3, [1]), call));
    await rejectsWith("data-loss", driver.usage(layer(1, []), call));
  });

  it("removes whole and half made layers, and takes absence for success", async (test) => {
    const { root, driver } = await openIn(test);
    await makeChain(driver, 2);
    await mkdir(join(root, "snapshots/7"));
    assert.deepEqual((await driver.list()).toSorted(), [1, 2, 7]);
    for (const id of [1, 2, 7, 8]) {
      await driver.remove(id, call);
    }
    assert.deepEqual(await driver.list(), []);
  });

  it("leaves no directory of a layer for others to enter", async (test) => {
    const { root, driver } = await openIn(test);
    await makeChain(driver, 1);
    for (const path of ["snapshots", "snapshots/1"]) {
      assert.equal((await stat(join(root, path))).mode & 0o777, 0o700, path);
    }
  });
});

describe("findOverlayOptions", { skip: !isRoot && "mounting needs root" }, () => {
  it("leaves nothing behind", async (test) => {
    const root = await scratchDirectory(test);
    await findOverlayOptions(root);
    assert.deepEqual(await readdir(root), []);
  });

  it("clears what a crash left of an earlier try, its mount included", async (test) => {
    const root = await scratchDirectory(test);
    await mkdir(join(root, "probe/merged"), { recursive: true });
    await mountAll([{ type: "tmpfs", source: "tmpfs", target: "", options: [] }], join(root, "probe/merged"));
    await findOverlayOptions(root);
    assert.deepEqual(await readdir(root), []);
  });

  it("rejects a root that is itself an overlay with unimplemented", async (test) => {
    const directory = await scratchDirectory(test);
    const [lower, upper, work, root] = ["lower", "upper", "work", "root"].map((name) => join(directory, name));
    await Promise.all([lower, upper, work, root].map((path) => mkdir(path ?? "")));
    const options = [`lowerdir=${lower}`, `upperdir=${upper}`, `workdir=${work}`];
    await mountAll([{ type: "overlay", source: "overlay", target: "", options }], root ?? "");
    const error = await rejectsWith("unimplemented", findOverlayOptions(root ?? ""));
    assert.match(error.message, /overlay does not work here/);
    assert.deepEqual(await readdir(root ?? ""), []);
  });

  it("rejects a path that the options of a mount would cut with unimplemented", async (test) => {
    const directory = await scratchDirectory(test);
    for (const name of ["a:b", "a,b", "a\\b"]) {
      await rejectsWith("unimplemented", findOverlayOptions(join(directory, name)));
    }
  });
});
