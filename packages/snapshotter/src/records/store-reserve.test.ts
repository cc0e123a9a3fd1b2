import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it, type TestContext } from "node:test";
import { layReserve, withReserve } from "./store-reserve.ts";

function open(test: TestContext): { readonly database: DatabaseSync; readonly path: string } {
  const directory = mkdtempSync(join(tmpdir(), "gantry-reserve-"));
  const path = join(directory, "db");
  const database = new DatabaseSync(path);
  test.after(() => {
    database.close();
    rmSync(directory, { recursive: true });
  });
  database.exec("PRAGMA journal_mode = WAL; CREATE TABLE numbers (n INTEGER PRIMARY KEY) STRICT");
  return { database, path };
}

/** What node:sqlite throws when SQLite says SQLITE_FULL. */
function fullError(): Error {
  return Object.assign(new Error("database or disk is full"), { errcode: 13 });
}

describe("store reserve", () => {
  it("lets transactions be written without the files growing", (test) => {
    const { database, path } = open(test);
    layReserve(database);
    const sizes = () => [path, `${path}-wal`].map((file) => statSync(file).size);
    const before = sizes();
    database.exec("INSERT INTO numbers VALUES (1)");
    assert.deepEqual(sizes(), before);
    withReserve(database, () => database.exec("INSERT INTO numbers VALUES (2)"));
    assert.deepEqual(sizes(), before);
  });

  it("is laid again over one that a crash has left, and leaves no table", (test) => {
    const { database } = open(test);
    database.exec("CREATE TABLE reserve (bytes BLOB)");
    layReserve(database);
    layReserve(database);
    const tables = database.prepare("SELECT name FROM sqlite_schema").all();
    assert.deepEqual(
      tables.map(({ name }) => name),
      ["numbers"],
    );
  });

  it("is tried once when the disk is full, and not for other errors", (test) => {
    const { database } = open(test);
    let tries = 0;
    const failing = (error: Error) => () => {
      tries += 1;
      throw error;
    };
    assert.throws(() => withReserve(database, failing(fullError())), /is full/);
    assert.equal(tries, 2);
    assert.throws(() => withReserve(database, failing(new Error("other"))), /other/);
    assert.equal(tries, 3);
  });
});
