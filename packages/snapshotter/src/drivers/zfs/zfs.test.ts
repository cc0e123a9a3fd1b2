import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, stat, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { rejectsWith } from "@gantry/api/testing";
import { mountAll, unmountAll } from "@gantry/sys";
import { enterNamespace, whyNoZfs, zfs, zfsPool } from "../../../conformance/zfs-pool.ts";
import type { DriverCall, Layer, SnapshotDriver } from "../../driver.ts";
import { openZfsDriver } from "./zfs.ts";

enterNamespace();
const pool = zfsPool();
const call: DriverCall = { fault: () => {} };

function layer(id: number, ancestors: readonly number[] = [], readonly = false): Layer {
  return { id, ancestors, readonly };
}

interface Opened {
  readonly root: string;
  readonly driver: SnapshotDriver;
  readonly base: string;
}

async function openIn(test: TestContext): Promise<Opened> {
  const { directory, close } = await pool.makePlace();
  const root = join(directory, "root");
  await mkdir(root);
  const driver = await pool.openDriver(root);
  test.after(async () => {
    await driver.close();
    await unmountAll(directory);
    await close();
  });
  return { root, driver, base: pool.base() };
}

/** Mounts what the driver says for a layer, at a place beside the root. */
async function show(driver: SnapshotDriver, root: string, shown: Layer): Promise<string> {
  const place = join(root, `../shown ${shown.id}`);
  await mkdir(place);
  await mountAll(await driver.mounts(shown), place);
  return place;
}

describe("zfs driver", { skip: whyNoZfs() ?? false }, () => {
  it("shows a layer as a dataset, with rw or ro, and the same each time", async (test) => {
    const { driver, base } = await openIn(test);
    await driver.make(layer(1), call);
    const expected = [{ type: "zfs", source: `${base}/1`, target: "", options: ["rw"] }];
    assert.deepEqual(await driver.mounts(layer(1)), expected);
    assert.deepEqual(await driver.mounts(layer(1)), expected);
    await driver.make(layer(2, [], true), call);
    assert.deepEqual((await driver.mounts(layer(2, [], true)))[0]?.options, ["ro"]);
  });

  it("makes a fresh tree that everybody may enter, in a directory that nobody else may", async (test) => {
    const { root, driver } = await openIn(test);
    await driver.make(layer(1), call);
    assert.equal((await stat(join(root, "snapshots/1"))).mode & 0o7777, 0o755);
    assert.equal((await stat(join(root, "snapshots"))).mode & 0o7777, 0o700);
  });

  it("mounts a dataset again that was unmounted, as after a boot", async (test) => {
    const { root, driver } = await openIn(test);
    await driver.make(layer(1), call);
    await writeFile(join(root, "snapshots/1/file"), "x");
    await unmountAll(join(root, "snapshots/1"));
    assert.deepEqual(await readdir(await show(driver, root, layer(1))), ["file"]);
  });

  it("never shows a child what is written after the seal", async (test) => {
    const { root, driver } = await openIn(test);
    await driver.make(layer(1), call);
    const place = await show(driver, root, layer(1));
    await writeFile(join(place, "file"), "before");
    await driver.seal(layer(1), call);
    await writeFile(join(place, "file"), "after");
    await driver.make(layer(2, [1]), call);
    assert.equal(await readFile(join(await show(driver, root, layer(2, [1])), "file"), "utf8"), "before");
  });

  it("seals again what a failed commit had sealed, with what was written since", async (test) => {
    const { root, driver } = await openIn(test);
    await driver.make(layer(1), call);
    await driver.seal(layer(1), call);
    await writeFile(join(root, "snapshots/1/late"), "x");
    await driver.seal(layer(1), call);
    await driver.make(layer(2, [1], true), call);
    const place = await show(driver, root, layer(2, [1], true));
    assert.deepEqual(await readdir(place), ["late"]);
    await assert.rejects(writeFile(join(place, "x"), ""), { code: "EROFS" });
  });

  it("counts the inodes that a child has beyond its parent, and none where it has fewer", async (test) => {
    const { root, driver } = await openIn(test);
    await driver.make(layer(1), call);
    await writeFile(join(root, "snapshots/1/file"), "x");
    await driver.seal(layer(1), call);
    await driver.make(layer(2, [1]), call);
    assert.equal((await driver.usage(layer(2, [1]), call)).inodes, 0n);
    await writeFile(join(root, "snapshots/2/other"), "x");
    assert.equal((await driver.usage(layer(2, [1]), call)).inodes, 1n);
    await unlink(join(root, "snapshots/2/other"));
    await unlink(join(root, "snapshots/2/file"));
    assert.equal((await driver.usage(layer(2, [1]), call)).inodes, 0n);
  });

  it("lists the highest id first, removes in that order, and takes absence for success", async (test) => {
    const { root, driver, base } = await openIn(test);
    await driver.make(layer(1), call);
    await driver.seal(layer(1), call);
    await driver.make(layer(2, [1]), call);
    await zfs("zfs", "create", "-o", `mountpoint=${root}/snapshots/7`, `${base}/7`);
    assert.deepEqual(await driver.list(), [7, 2, 1]);
    await rejectsWith("failed-precondition", driver.remove(1, call));
    for (const id of [7, 2, 1, 8]) {
      await driver.remove(id, call);
    }
    assert.deepEqual(await driver.list(), []);
    assert.deepEqual(await readdir(join(root, "snapshots")), []);
  });

  it("reports a missing dataset with data-loss that names it", async (test) => {
    const { driver, base } = await openIn(test);
    for (const attempt of [driver.mounts(layer(5)), driver.make(layer(6, [5]), call), driver.seal(layer(5), call)]) {
      const error = await rejectsWith("data-loss", attempt);
      assert.ok(error.message.includes(`${base}/5`), error.message);
    }
  });

  it("never empties what something else has mounted in the place of a dataset", async (test) => {
    const { root, driver, base } = await openIn(test);
    await driver.make(layer(1), call);
    await zfs("zfs", "unmount", `${base}/1`);
    const place = join(root, "snapshots/1");
    await mountAll([{ type: "tmpfs", source: "tmpfs", target: "", options: [] }], place);
    await writeFile(join(place, "of somebody else"), "");
    await assert.rejects(driver.remove(1, call));
    assert.deepEqual(await readdir(place), ["of somebody else"]);
    await unmountAll(place);
    await driver.remove(1, call);
    assert.deepEqual(await driver.list(), []);
  });

  it("removes what a crash leaves at any point of make, and of an earlier removal", async (test) => {
    const { root, driver } = await openIn(test);
    const points: string[] = [];
    await driver.make(layer(1), { fault: (point) => points.push(point) });
    await driver.remove(1, { fault: (point) => points.push(point) });
    for (const cut of points.keys()) {
      let left = cut;
      const fault = () => {
        if (left === 0) throw new RangeError("cut off");
        left -= 1;
      };
      await driver
        .make(layer(1), { fault })
        .then(() => driver.remove(1, { fault }))
        .catch(() => {});
      await driver.remove(1, call);
      assert.deepEqual(
        [await driver.list(), existsSync(join(root, "snapshots/1"))],
        [[], false],
        `cut off at ${points[cut]}`,
      );
    }
    assert.ok(points.length >= 9, points.join());
  });

  it("rejects a base dataset that does not exist with failed-precondition", async (test) => {
    const { root } = await openIn(test);
    const error = await rejectsWith("failed-precondition", openZfsDriver(root, { dataset: "gantry/absent" }));
    assert.match(error.message, /"gantry\/absent" does not exist/);
  });

  it("refuses a base dataset that another root uses, and never lists what that one has made", async (test) => {
    const { root, driver, base } = await openIn(test);
    const beside = `${root} beside`;
    await mkdir(beside);
    // Both are open before either has made anything.
    const other = await openZfsDriver(beside, { dataset: base });
    await driver.make(layer(1), call);
    assert.deepEqual(await other.list(), []);
    await writeFile(join(root, "snapshots/1/file"), "kept");
    const taken = await rejectsWith("failed-precondition", other.make(layer(1), call));
    assert.match(taken.detail, /another root has made "gantry\/place\d+\/1"/);
    // As after every failure.
    await other.remove(1, call);
    assert.equal(await readFile(join(root, "snapshots/1/file"), "utf8"), "kept");
    await other.make(layer(2), call);
    assert.deepEqual([await driver.list(), await other.list()], [[1], [2]]);
    await other.close();
    for (const [place, foreign] of [
      [root, `2 has the mount point ${beside}/snapshots/2`],
      [beside, `1 has the mount point ${root}/snapshots/1`],
    ] as const) {
      const error = await rejectsWith("failed-precondition", openZfsDriver(place, { dataset: base }));
      assert.ok(error.detail.endsWith(`holds snapshots of another root: ${foreign}`), error.detail);
    }
  });

  it("keeps snapshots in the dataset that is mounted at the root, and else is unimplemented", async (test) => {
    const { root, base } = await openIn(test);
    await rejectsWith("unimplemented", openZfsDriver(root));
    await zfs("zfs", "create", "-o", `mountpoint=${root}/own`, `${base}/own`);
    const driver = await openZfsDriver(join(root, "own"));
    await driver.make(layer(1), call);
    assert.equal((await driver.mounts(layer(1)))[0]?.source, `${base}/own/1`);
    await driver.close();
  });
});
