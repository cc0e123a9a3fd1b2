import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { describe, it, type TestContext } from "node:test";
import { isOperationError } from "@gantry/api";
import { rejectsWith } from "@gantry/api/testing";
import { scratchDirectory } from "../../conformance/scratch-directory.ts";
import { createMemoryStore, openSnapshotStore } from "./sqlite-store.ts";
import type { NewActive, SnapshotStore } from "./store.ts";

function active(id: number, name: string, more: Partial<NewActive> = {}): NewActive {
  return { id, name, readonly: false, parentId: null, labels: new Map(), at: new Date(1000), ...more };
}

async function addCommitted(store: SnapshotStore, id: number, name: string, parentId: number | null): Promise<void> {
  await store.addActive(active(id, `key of ${name}`, { parentId }));
  const usage = { sizeBytes: 2n ** 60n + 1n, inodes: 3n };
  await store.replaceByCommitted(id, { name, labels: new Map(), usage, at: new Date(2000) });
}

async function openIn(test: TestContext): Promise<{ readonly root: string; readonly store: SnapshotStore }> {
  const root = await scratchDirectory(test);
  const store = await openSnapshotStore(root);
  test.after(() => store.close());
  return { root, store };
}

describe("SnapshotStore", () => {
  it("gives back what was added, sizes beyond 2^53 and odd labels included", async () => {
    const store = createMemoryStore();
    const labels = new Map([
      ["__proto__", "\0"],
      ["lone \ud800", "\u{1f4e6}"],
    ]);
    await addCommitted(store, 1, "base", null);
    await store.addActive(active(2, "key", { parentId: 1, labels, readonly: true }));
    const { createdAt, ...record } = store.find("key") ?? assert.fail();
    assert.deepEqual(createdAt, new Date(1000));
    assert.deepEqual(record, {
      id: 2,
      name: "key",
      kind: "active",
      readonly: true,
      parentId: 1,
      parent: "base",
      labels,
      updatedAt: new Date(1000),
      usage: null,
    });
    assert.deepEqual(store.find("base")?.usage, { sizeBytes: 2n ** 60n + 1n, inodes: 3n });
    assert.deepEqual(store.get(2), store.find("key"));
  });

  it("tells of ancestors, nearest first, of children, and of ids", async () => {
    const store = createMemoryStore();
    await addCommitted(store, 3, "bottom", null);
    await addCommitted(store, 5, "middle", 3);
    await store.addActive(active(9, "top", { parentId: 5 }));
    assert.deepEqual(store.ancestors(9), [5, 3]);
    assert.deepEqual(store.ancestors(3), []);
    assert.equal(store.childCount(3), 1);
    assert.deepEqual([...store.ids()].sort(), [3, 5, 9]);
    await store.delete(9);
    assert.equal(store.highestId(), 9, "of all that ever were");
  });

  it("refuses to delete a parent, as internal, since the caller should have asked before", async () => {
    const store = createMemoryStore();
    await addCommitted(store, 1, "base", null);
    await store.addActive(active(2, "key", { parentId: 1 }));
    await rejectsWith("internal", store.delete(1));
    assert.equal(store.childCount(1), 1);
  });

  it("undoes the whole of a commit that fails", async () => {
    const store = createMemoryStore();
    await store.addActive(active(1, "key"));
    await store.addActive(active(2, "taken"));
    const usage = { sizeBytes: 0n, inodes: 0n };
    const committed = { name: "taken", labels: new Map<string, string>(), usage, at: new Date() };
    await rejectsWith("internal", store.replaceByCommitted(1, committed));
    assert.equal(store.find("key")?.kind, "active");
  });

  it("never lets updatedAt go back", async () => {
    const store = createMemoryStore();
    await store.addActive(active(1, "key"));
    await store.setLabels(1, new Map(), new Date(5000));
    await store.setLabels(1, new Map([["a", "1"]]), new Date(3000));
    assert.deepEqual(store.find("key")?.updatedAt, new Date(5000));
  });

  it("keeps records over a close", async (test) => {
    const { root, store } = await openIn(test);
    await addCommitted(store, 1, "base", null);
    const before = store.find("base");
    await store.close();
    await store.close();
    const again = await openSnapshotStore(root);
    assert.deepEqual(again.find("base"), before);
    await again.close();
  });
});

describe("openSnapshotStore", () => {
  it("refuses a root that this process has open with failed-precondition", async (test) => {
    const { root } = await openIn(test);
    const error = await rejectsWith("failed-precondition", openSnapshotStore(root));
    assert.match(error.message, new RegExp(`process ${process.pid}\\b`));
  });

  it("refuses a root that another process has open, naming it, until that process is killed", async (test) => {
    const root = await scratchDirectory(test);
    const source = `
      const { openSnapshotStore } = await import(${JSON.stringify(new URL("./sqlite-store.ts", import.meta.url).href)});
      await openSnapshotStore(${JSON.stringify(root)});
      process.send("open");
      setInterval(() => {}, 60_000);`;
    const args = [...process.execArgv.filter((arg) => arg.startsWith("--conditions")), "--input-type=module", "-e"];
    const other = spawn(process.execPath, [...args, source], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    test.after(() => other.kill("SIGKILL"));
    await once(other, "message");
    const error = await rejectsWith("failed-precondition", openSnapshotStore(root));
    assert.match(error.message, new RegExp(`process ${other.pid}\\b`));
    other.kill("SIGKILL");
    await once(other, "exit");
    await (await openSnapshotStore(root)).close();
  });

  it("refuses records of a newer version with failed-precondition and leaves them as they are", async (test) => {
    const { root, store } = await openIn(test);
    await store.close();
    const path = join(root, "metadata.db");
    const database = new DatabaseSync(path);
    database.exec("PRAGMA user_version = 99");
    database.close();
    const before = await readFile(path);
    const error = await rejectsWith("failed-precondition", openSnapshotStore(root));
    assert.match(error.message, /version 99/);
    assert.deepEqual(await readFile(path), before);
  });

  it("refuses a damaged file with data-loss that names it, and gives the lock back", async (test) => {
    const { root, store } = await openIn(test);
    for (let id = 1; id < 200; id += 1) {
      await store.addActive(active(id, `key ${id}`));
    }
    await store.close();
    const path = join(root, "metadata.db");
    const whole = await readFile(path);
    const damaged = Buffer.from(whole);
    damaged.fill(0xff, 4096, 3 * 4096);
    for (const content of [Buffer.from("this is no database".repeat(300)), damaged]) {
      await writeFile(path, content);
      const error = await rejectsWith("data-loss", openSnapshotStore(root));
      assert.ok(error.message.includes(path), error.message);
    }
    await writeFile(path, whole);
    const again = await openSnapshotStore(root);
    assert.equal(again.ids().size, 199);
    await again.close();
  });

  it("refuses a root below a file", async (test) => {
    const directory = await scratchDirectory(test);
    await writeFile(join(directory, "file"), "");
    await assert.rejects(openSnapshotStore(join(directory, "file/root")), (error) => isOperationError(error));
  });
});
