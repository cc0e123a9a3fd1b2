import assert from "node:assert/strict";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { OperationError } from "@gantry/api";
import { rejectsWith } from "@gantry/api/testing";
import { scratchDirectory } from "../conformance/scratch-directory.ts";
import type { DriverCall, Layer, SnapshotDriver } from "./driver.ts";
import { createMemoryDriver } from "./drivers/memory.ts";
import { openNativeDriver } from "./drivers/native/native.ts";
import { createMemoryStore, openSnapshotStore } from "./records/sqlite-store.ts";
import { createSnapshotter, type LocalSnapshotter, type SnapshotterOptions } from "./snapshotter.ts";

async function openOn(root: string, options: SnapshotterOptions = {}): Promise<LocalSnapshotter> {
  const store = await openSnapshotStore(root);
  return createSnapshotter(await openNativeDriver(root, { unsynced: true }), store, options);
}

/** A snapshotter on disk with "base", committed, and "key" on top of it; ids 1 and 2. */
async function furnished(
  test: TestContext,
): Promise<{ readonly root: string; readonly open: () => Promise<LocalSnapshotter> }> {
  const root = await scratchDirectory(test);
  const snapshotter = await openOn(root);
  await snapshotter.prepare("making base", null);
  await snapshotter.commit("base", "making base");
  await snapshotter.prepare("key", "base");
  await snapshotter.close();
  const open = async () => {
    const opened = await openOn(root);
    test.after(() => opened.close());
    return opened;
  };
  return { root, open };
}

function memoryWith(change: Partial<SnapshotDriver>): Promise<LocalSnapshotter> {
  return createSnapshotter(Object.assign(createMemoryDriver(), change), createMemoryStore());
}

const noRoom = new OperationError("resource-exhausted", { type: "snapshotter", id: "/root" }, "no room");

describe("createSnapshotter", () => {
  it("removes bytes that have no record, whole and half made ones", async (test) => {
    const { root, open } = await furnished(test);
    await mkdir(join(root, "snapshots/7/fs/half"), { recursive: true });
    await mkdir(join(root, "snapshots/8"));
    const snapshotter = await open();
    await snapshotter.cleanup();
    assert.deepEqual((await readdir(join(root, "snapshots"))).toSorted(), ["1", "2"]);
  });

  it("gives no id to new bytes that leftovers have", async (test) => {
    const { root, open } = await furnished(test);
    await mkdir(join(root, "snapshots/7"));
    const snapshotter = await open();
    const [mount] = await snapshotter.prepare("new", null);
    assert.equal(mount?.source, join(root, "snapshots/8/fs"));
  });

  it("keeps a record whose bytes are missing, reports it with data-loss, and lets it be removed", async (test) => {
    const { root, open } = await furnished(test);
    await rm(join(root, "snapshots/1"), { recursive: true });
    const snapshotter = await open();
    assert.equal((await snapshotter.stat("base")).kind, "committed");
    await rejectsWith("data-loss", snapshotter.prepare("new", "base"));
    await rejectsWith("data-loss", snapshotter.view("new", "base"));
    const below = await rejectsWith("data-loss", snapshotter.mounts("key"));
    assert.match(below.message, /"base" below it are missing/);
    await rejectsWith("not-found", snapshotter.stat("new"));
    await snapshotter.remove("key");
    await snapshotter.remove("base");
    assert.deepEqual(await Array.fromAsync(snapshotter.walk()), []);
  });

  it("reports an active snapshot whose bytes are missing with data-loss, and lets it be removed", async (test) => {
    const { root, open } = await furnished(test);
    await rm(join(root, "snapshots/2"), { recursive: true });
    const snapshotter = await open();
    await rejectsWith("data-loss", snapshotter.mounts("key"));
    await rejectsWith("data-loss", snapshotter.commit("name", "key"));
    await rejectsWith("data-loss", snapshotter.usage("key"));
    await snapshotter.remove("key");
    await snapshotter.prepare("key", "base");
  });

  it("hears of bytes that cannot be removed, and tries them again at the next open", async (test) => {
    const { root } = await furnished(test);
    const driver = await openNativeDriver(root, { unsynced: true });
    const stuck = Object.assign(driver, { remove: () => Promise.reject(noRoom) });
    const heard: number[] = [];
    const onLeftover = (id: number) => heard.push(id);
    const first = await createSnapshotter(stuck, await openSnapshotStore(root), { onLeftover });
    await first.remove("key");
    await first.cleanup();
    await first.close();
    // In the background, and once more by cleanup.
    assert.deepEqual(heard, [2, 2]);
    const second = await openOn(root);
    await second.cleanup();
    await second.close();
    assert.deepEqual(await readdir(join(root, "snapshots")), ["1"]);
  });
});

describe("createSnapshotter on a driver that fails", () => {
  it("gives the driver's error the name of the snapshot", async () => {
    const snapshotter = await memoryWith({ make: () => Promise.reject(noRoom) });
    const error = await rejectsWith("resource-exhausted", snapshotter.prepare("key", null));
    assert.deepEqual(error.subject, { type: "snapshot", id: "key" });
    assert.equal(error.detail, "no room");
    await rejectsWith("not-found", snapshotter.stat("key"));
  });

  it("has undone what was begun when prepare rejects", async () => {
    const removed: number[] = [];
    const snapshotter = await memoryWith({
      make: () => Promise.reject(noRoom),
      remove: async (id) => void removed.push(id),
    });
    await rejectsWith("resource-exhausted", snapshotter.prepare("key", null));
    assert.deepEqual(removed, [1]);
  });

  it("tells what failed while undoing beside what failed", async () => {
    const stuck = new OperationError("internal", { type: "snapshotter", id: "/root" }, "stuck");
    const snapshotter = await memoryWith({
      make: () => Promise.reject(noRoom),
      remove: () => Promise.reject(stuck),
    });
    const error = await rejectsWith("resource-exhausted", snapshotter.prepare("key", null));
    assert.deepEqual(error.cleanup, [stuck]);
  });

  it("leaves the key as it was when sealing fails", async () => {
    let fails = true;
    const snapshotter = await memoryWith({
      seal: async () => {
        if (fails) {
          throw noRoom;
        }
        return { sizeBytes: 1n, inodes: 1n };
      },
    });
    await snapshotter.prepare("key", null);
    await rejectsWith("resource-exhausted", snapshotter.commit("name", "key"));
    assert.equal((await snapshotter.stat("key")).kind, "active");
    await rejectsWith("not-found", snapshotter.stat("name"));
    fails = false;
    await snapshotter.commit("name", "key");
  });

  it("removes the bytes of a prepare that is aborted after they were made", async () => {
    const abort = new AbortController();
    const ids: number[] = [];
    const driver = createMemoryDriver();
    const snapshotter = await createSnapshotter(
      Object.assign(driver, {
        async make(layer: Layer, call: DriverCall) {
          ids.push(layer.id);
          abort.abort("enough");
          assert.equal(call.signal?.aborted, true);
        },
      }),
      createMemoryStore(),
    );
    await assert.rejects(snapshotter.prepare("key", null, { signal: abort.signal }), (reason) => reason === "enough");
    assert.deepEqual(ids, [1]);
    assert.deepEqual(await driver.list(), []);
    await rejectsWith("not-found", snapshotter.stat("key"));
  });
});

describe("createSnapshotter with slow work on one name", () => {
  it("goes on with others, and lets nothing overtake on that one", async () => {
    const gate = Promise.withResolvers<void>();
    const driver = createMemoryDriver();
    const make = driver.make.bind(driver);
    const snapshotter = await createSnapshotter(
      Object.assign(driver, {
        async make(layer: Layer, call: DriverCall) {
          await (layer.id === 1 ? gate.promise : undefined);
          await make(layer, call);
        },
      }),
      createMemoryStore(),
    );
    const slow = snapshotter.prepare("slow", null);
    await snapshotter.prepare("quick", null);
    await rejectsWith("not-found", snapshotter.stat("slow"));
    const removal = snapshotter.remove("slow");
    gate.resolve();
    await Promise.all([slow, removal]);
    await rejectsWith("not-found", snapshotter.stat("slow"));
  });

  it("keeps a parent until bytes on top of it are made", async () => {
    const gate = Promise.withResolvers<void>();
    const driver = createMemoryDriver();
    const make = driver.make.bind(driver);
    const snapshotter = await createSnapshotter(
      Object.assign(driver, {
        async make(layer: Layer, call: DriverCall) {
          await (layer.ancestors.length > 0 ? gate.promise : undefined);
          await make(layer, call);
        },
      }),
      createMemoryStore(),
    );
    await snapshotter.prepare("making base", null);
    await snapshotter.commit("base", "making base");
    const child = snapshotter.prepare("child", "base");
    const removal = rejectsWith("failed-precondition", snapshotter.remove("base"));
    gate.resolve();
    await Promise.all([child, removal]);
  });
});

describe("cleanup", () => {
  it("frees bytes that nobody recorded, and leaves those that are being made", async (test) => {
    const driver = createMemoryDriver();
    const sound = driver.make.bind(driver);
    const begun = Promise.withResolvers<void>();
    const proceed = Promise.withResolvers<void>();
    const slow = Object.assign(driver, {
      async make(...args: Parameters<typeof sound>) {
        await sound(...args);
        begun.resolve();
        await proceed.promise;
      },
    });
    const snapshotter = await createSnapshotter(slow, createMemoryStore());
    test.after(() => snapshotter.close());
    await sound({ id: 77, ancestors: [], readonly: false }, { fault: () => {} });
    const preparing = snapshotter.prepare("key", null);
    await begun.promise;
    assert.deepEqual(await snapshotter.cleanup(), []);
    assert.deepEqual(await driver.list(), [1]);
    proceed.resolve();
    await preparing;
    assert.equal((await snapshotter.stat("key")).kind, "active");
  });

  it("tells whose bytes are gone; those answer data-loss and can be removed", async (test) => {
    const driver = createMemoryDriver();
    const snapshotter = await createSnapshotter(driver, createMemoryStore());
    test.after(() => snapshotter.close());
    await snapshotter.prepare("lost", null);
    await snapshotter.prepare("kept", null);
    await driver.remove(1, { fault: () => {} });
    assert.deepEqual(await snapshotter.cleanup(), ["lost"]);
    await rejectsWith("data-loss", snapshotter.mounts("lost"));
    await snapshotter.remove("lost");
    assert.deepEqual(await snapshotter.cleanup(), []);
    await snapshotter.mounts("kept");
  });
});
