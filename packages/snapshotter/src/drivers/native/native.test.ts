import assert from "node:assert/strict";
import { lstat, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { rejectsWith } from "@gantry/api/testing";
import { mountAll } from "@gantry/sys";
import { isRoot, scratchDirectory } from "../../../conformance/scratch-directory.ts";
import { openSnapshotStore } from "../../records/sqlite-store.ts";
import { createSnapshotter } from "../../snapshotter.ts";
import { openNativeDriver } from "./native.ts";

const call = { fault: () => {} };

describe("native driver", () => {
  it("shows a writable layer by a bind mount of its own files, a view by one of its parent's", async (test) => {
    const root = await scratchDirectory(test);
    const driver = await openNativeDriver(root, { unsynced: true });
    test.after(() => driver.close());
    await driver.list();
    await driver.make({ id: 1, ancestors: [], readonly: false }, call);
    await writeFile(join(root, "snapshots/1/fs/file"), "x");
    await driver.make({ id: 2, ancestors: [1], readonly: false }, call);
    await driver.make({ id: 3, ancestors: [2, 1], readonly: true }, call);
    assert.deepEqual(await driver.mounts({ id: 2, ancestors: [1], readonly: false }), [
      { type: "bind", source: join(root, "snapshots/2/fs"), target: "", options: ["rbind", "rw"] },
    ]);
    assert.deepEqual(await driver.mounts({ id: 3, ancestors: [2, 1], readonly: true }), [
      { type: "bind", source: join(root, "snapshots/2/fs"), target: "", options: ["rbind", "ro"] },
    ]);
    assert.ok((await lstat(join(root, "snapshots/2/fs/file"))).isFile());
    assert.deepEqual(await readdir(join(root, "snapshots/3")), []);
  });

  it("rejects with resource-exhausted on a full disk, leaves nothing, and works when there is room again", {
    skip: !isRoot && "mounting needs root",
  }, async (test) => {
    const root = join(await scratchDirectory(test), "small");
    await mkdir(root);
    await mountAll([{ type: "tmpfs", source: "tmpfs", target: "", options: ["size=4m"] }], root);
    const snapshotter = await createSnapshotter(await openNativeDriver(root), await openSnapshotStore(root));
    test.after(() => snapshotter.close());
    const [mount] = await snapshotter.prepare("making base", null);
    await writeFile(join(mount?.source ?? "", "large"), Buffer.alloc(2 << 20, 1));
    await snapshotter.commit("base", "making base");
    const [filler] = await snapshotter.prepare("filler", null);
    await writeFile(join(filler?.source ?? "", "more"), Buffer.alloc(1 << 20, 1));
    await rejectsWith("resource-exhausted", snapshotter.prepare("key", "base"));
    await rejectsWith("not-found", snapshotter.stat("key"));
    assert.deepEqual((await readdir(join(root, "snapshots"))).toSorted(), ["1", "2"]);
    await snapshotter.remove("filler");
    await snapshotter.cleanup();
    await snapshotter.remove("base");
    await snapshotter.cleanup();
    await snapshotter.prepare("key", null);
  });
});
