import assert from "node:assert/strict";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, it } from "node:test";
import { WalSync } from "./wal-sync.ts";

describe("the sync of a write-ahead log", () => {
  const made: string[] = [];
  const openDatabase = async () => {
    const directory = await mkdtemp(join(tmpdir(), "gantry-wal-"));
    made.push(directory);
    const path = join(directory, "records.db");
    const database = new DatabaseSync(path);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE numbers (n INTEGER)");
    return { path, database };
  };
  after(() => Promise.all(made.map((path) => rm(path, { recursive: true }))));

  it("serves any number of commits, before and after a checkpoint", async () => {
    const { path, database } = await openDatabase();
    const sync = new WalSync(path);
    for (let n = 0; n < 20; n += 1) {
      database.exec(`INSERT INTO numbers VALUES (${n})`);
      if (n === 10) {
        database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      }
      await sync.run();
    }
    await sync.close();
    database.close();
  });

  it("rejects from the first failure on, since nobody knows what was lost", async () => {
    const { path, database } = await openDatabase();
    const sync = new WalSync(path);
    await rename(`${path}-wal`, `${path}-aside`);
    await assert.rejects(sync.run(), { code: "ENOENT" });
    await rename(`${path}-aside`, `${path}-wal`);
    await assert.rejects(sync.run(), { code: "ENOENT" });
    await sync.close();
    database.close();
  });

  it("leaves the locks of the database alone when it is closed", async () => {
    const { path, database } = await openDatabase();
    const sync = new WalSync(path);
    database.exec("BEGIN IMMEDIATE; INSERT INTO numbers VALUES (1)");
    await sync.run();
    await sync.close();
    const other = new DatabaseSync(path, { timeout: 0 });
    assert.throws(() => other.exec("BEGIN IMMEDIATE"), /locked/);
    database.exec("COMMIT");
    other.close();
    database.close();
  });
});
