import assert from "node:assert/strict";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, it } from "node:test";
import { isOperationError } from "@gantry/api";
import { temporaryDirectory } from "../testing/test-daemon.ts";
import { ContainerTable } from "./container-table.ts";
import { NamespaceTable } from "./namespace-table.ts";
import { schemas } from "./schema.ts";
import { Store } from "./store.ts";

describe("Store", () => {
  let directory: string;
  let path: string;

  beforeEach(() => {
    directory = temporaryDirectory();
    path = join(directory, "gantry.db");
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it("makes the newest schema, and opens it again", async () => {
    await Store.open(path).close();
    const store = Store.open(path);
    assert.equal(store.prepare("PRAGMA user_version").get()?.["user_version"], schemas.length);
    assert.equal(store.prepare("PRAGMA synchronous").get()?.["synchronous"], 2);
    await store.close();
  });

  it("refuses a newer schema with failed-precondition naming both, and changes nothing", async () => {
    await Store.open(path).close();
    const database = new DatabaseSync(path);
    database.exec("PRAGMA user_version = 99");
    database.close();
    const both = new RegExp(`schema 99.*up to ${schemas.length}`);
    assert.throws(
      () => Store.open(path),
      (error) => isOperationError(error, "failed-precondition") && both.test(error.message),
    );
  });

  it("refuses a file that is no database with data-loss", async () => {
    writeFileSync(path, "x".repeat(8192));
    assert.throws(
      () => Store.open(path),
      (error) => isOperationError(error, "data-loss"),
    );
  });

  it("leaves nothing of a transaction that throws, and tells nobody of it", async () => {
    const store = Store.open(path);
    const table = new NamespaceTable(store);
    let commits = 0;
    store.onCommit(() => () => {
      commits += 1;
    });
    const now = new Date();
    const work = () => {
      table.insert({ name: "a", labels: new Map(), createdAt: now, updatedAt: now });
      throw new TypeError("no");
    };
    assert.throws(() => store.transaction(work), TypeError);
    assert.deepEqual([table.list(), commits], [[], 0]);
    await store.close();
  });

  it("returns labels and extensions as they were given, whatever their names", async () => {
    const store = Store.open(path);
    const table = new ContainerTable(store);
    const labels = new Map([
      ["__proto__", "x"],
      ["constructor", "y"],
      ["ключ", "z"],
    ]);
    const extensions = new Map([["__proto__", { typeUrl: "t", value: Buffer.from([0, 255]) }]]);
    const now = new Date(1_700_000_000_123);
    const record = table.insert({
      ...{ uid: 0, namespace: "n", id: "c", phase: "ready", image: "", runtime: "r", snapshotter: "", snapshotKey: "" },
      ...{ ownsSnapshot: false, deleteOnExit: true, started: false, createdAt: now, updatedAt: now },
      spec: { typeUrl: "spec", value: Buffer.from("{}") },
      ...{ run: 1, restartPolicy: { mode: "no", maxRestarts: 0 }, healthCheck: null },
      creation: { rootfs: [], stdio: { kind: "none" } },
      labels,
      extensions,
    });
    const found = table.find("n", "c");
    assert.deepEqual(found?.labels, labels);
    assert.deepEqual([...(found?.extensions.get("__proto__")?.value ?? [])], [0, 255]);
    assert.deepEqual([found?.uid, found?.deleteOnExit, found?.createdAt], [record.uid, true, now]);
    assert.equal(Object.getPrototypeOf({}).x, undefined);
    await store.close();
  });

  it("shows what is written at once, and tells of it when it is on the disk, whatever the order", async () => {
    const store = Store.open(path);
    const table = new NamespaceTable(store);
    const told: string[] = [];
    let name = "";
    store.onCommit(() => {
      const written = name;
      return () => told.push(written);
    });
    const insert = (next: string) => () => {
      name = next;
      const now = new Date();
      table.insert({ name, labels: new Map(), createdAt: now, updatedAt: now });
    };
    store.write(insert("a"));
    assert.deepEqual([table.list().map((one) => one.name), told], [["a"], []]);
    store.transaction(insert("b"));
    assert.deepEqual(told, ["b"]);
    store.write(insert("c"));
    await store.synced();
    assert.deepEqual(told, ["b", "a", "c"]);
    const failing = () =>
      store.write(() => {
        insert("d")();
        throw new TypeError("no");
      });
    assert.throws(failing, TypeError);
    assert.deepEqual(
      table.list().map((one) => one.name),
      ["a", "b", "c"],
    );
    await store.close();
  });

  it("says when a sync has failed, and resolves no write from then on", async () => {
    const failures: unknown[] = [];
    const store = Store.open(path, (reason) => failures.push(reason));
    // In the place of a device that fails: the log is not where it is looked for.
    renameSync(`${path}-wal`, `${path}-aside`);
    const insert = (name: string) => () => {
      const now = new Date();
      new NamespaceTable(store).insert({ name, labels: new Map(), createdAt: now, updatedAt: now });
    };
    await assert.rejects(store.commit(insert("a")), { kind: "data-loss" });
    renameSync(`${path}-aside`, `${path}-wal`);
    await assert.rejects(store.commit(insert("b")), { kind: "data-loss" });
    assert.equal(failures.length, 2);
    await store.close();
  });
});
