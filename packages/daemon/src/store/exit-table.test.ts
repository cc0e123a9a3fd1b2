import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, it } from "node:test";
import { temporaryDirectory } from "../testing/test-daemon.ts";
import { ContainerTable } from "./container-table.ts";
import { ExitTable } from "./exit-table.ts";
import { schemas } from "./schema.ts";
import { Store } from "./store.ts";

const day = 24 * 3_600_000;
const exitAt = (ms: number, status = 0) => ({ pid: 1, status, exitedAt: new Date(ms), oomKilled: false });

describe("the exits of runs", () => {
  let directory: string;
  let store: Store;
  let table: ExitTable;

  beforeEach(() => {
    directory = temporaryDirectory();
    store = Store.open(join(directory, "gantry.db"));
    table = new ExitTable(store);
  });
  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const ref = (run: number, { uid = 1, id = "a" } = {}) => ({ uid, namespace: "n", id, run });
  const insert = (run: number, ms: number, which = {}) =>
    store.transaction(() => table.insert(ref(run, which), "", exitAt(ms)));

  it("are kept once for each run, the first one", () => {
    assert.equal(insert(1, 5), true);
    assert.equal(insert(1, 6), false);
    assert.equal(insert(2, 7), true);
    assert.equal(table.find(ref(1), "")?.exitedAt.getTime(), 5);
    assert.deepEqual(
      table.list("n", "a").map(({ run }) => run),
      [2, 1],
    );
  });

  it("are kept for the newest 50 runs of an id, over containers", () => {
    for (let run = 1; run <= 40; run += 1) insert(run, run);
    insert(1, 0, { uid: 3, id: "other" });
    for (let run = 1; run <= 20; run += 1) insert(run, run, { uid: 2 });
    const kept = table.list("n", "a");
    assert.deepEqual([kept.length, kept[0]?.uid, kept.at(-1)?.uid, kept.at(-1)?.run], [50, 2, 1, 11]);
    assert.equal(table.list("n", "other").length, 1);
  });

  it("are dropped after 30 days, but for the last run of a container that there is", () => {
    const container = new ContainerTable(store);
    const now = new Date(100 * day);
    const { uid } = container.insert({
      ...{ uid: 0, namespace: "n", id: "a", phase: "ready", image: "", runtime: "r", snapshotter: "", snapshotKey: "" },
      ...{ ownsSnapshot: false, deleteOnExit: false, started: false, createdAt: now, updatedAt: now, run: 1 },
      ...{ restartPolicy: { mode: "always", maxRestarts: 0 }, healthCheck: null, labels: new Map() },
      ...{ extensions: new Map(), spec: { typeUrl: "s", value: new Uint8Array() } },
      creation: { rootfs: [], stdio: { kind: "none" } },
    });
    container.setRun(uid, 2);
    insert(1, day, { uid });
    insert(2, 2 * day, { uid });
    insert(1, 2 * day, { uid: uid + 7, id: "gone" });
    insert(1, 71 * day, { uid: uid + 8, id: "new" });
    store.transaction(() => table.trimAll(now));
    assert.deepEqual(
      table.list("n", "a").map(({ run }) => run),
      [2],
    );
    assert.deepEqual([table.list("n", "gone").length, table.list("n", "new").length], [0, 1]);
  });

  it("are dropped beyond 10,000 of all", () => {
    store.transaction(() => {
      for (let uid = 1; uid <= 10_040; uid += 1) table.insert(ref(1, { uid, id: `c${uid}` }), "", exitAt(uid));
      table.trimAll(new Date(10_040));
    });
    assert.deepEqual([table.list("n", "c40").length, table.list("n", "c41").length], [0, 1]);
  });

  it("of execs go with their container, those of init processes stay", () => {
    insert(1, 1);
    store.transaction(() => {
      table.insert(ref(1), "e", exitAt(2));
      table.deleteExecs(1);
    });
    assert.equal(table.find(ref(1), "e"), undefined);
    assert.equal(table.list("n", "a").length, 1);
    store.transaction(() => table.deleteNamespace("n"));
    assert.equal(table.list("n", "a").length, 0);
  });

  it("of a store of the first schema are those of first runs", async () => {
    const path = join(directory, "old.db");
    const old = new DatabaseSync(path);
    old.exec(`${schemas[0]}; PRAGMA user_version = 1`);
    old.exec(`INSERT INTO containers (namespace, id, phase, labels, image, runtime, spec_type, spec, snapshotter,
      snapshot_key, owns_snapshot, delete_on_exit, extensions, created_at, updated_at)
      VALUES ('n', 'a', 'ready', '{}', '', 'r', 's', x'00', '', 'k', 0, 0, '{}', 1, 1)`);
    old.exec("INSERT INTO exits VALUES (1, '', 4, 7, 5, 0), (1, 'e', 4, 8, 5, 0)");
    old.close();
    const opened = Store.open(path);
    const exits = new ExitTable(opened);
    const record = new ContainerTable(opened).find("n", "a");
    assert.deepEqual([record?.run, record?.restartPolicy.mode, record?.healthCheck], [1, "no", null]);
    assert.deepEqual(record?.creation, { rootfs: [], stdio: { kind: "log" } });
    assert.deepEqual([exits.find(ref(1), "")?.status, exits.find(ref(1), "e")?.status], [7, 8]);
    assert.deepEqual(exits.list("n", "a").length, 1);
    await opened.close();
  });
});
