import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { migrate, schemaVersion } from "./schema.ts";

function open(): DatabaseSync {
  const database = new DatabaseSync(":memory:");
  migrate(database, 0);
  return database;
}

interface Columns {
  readonly id?: number;
  readonly name?: string;
  readonly kind?: string;
  readonly readonly?: number;
  readonly parent?: number | null;
  readonly labels?: string;
  readonly updated?: number;
  readonly size?: number | null;
}

function insert(database: DatabaseSync, columns: Columns): void {
  const kind = columns.kind ?? "active";
  const size = columns.size === undefined ? (kind === "committed" ? 0 : null) : columns.size;
  database
    .prepare(
      `INSERT INTO snapshots (id, name, kind, readonly, parent_id, labels, created_at, updated_at, size_bytes, inodes)
       VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?)`,
    )
    .run(
      columns.id ?? null,
      columns.name ?? "name",
      kind,
      columns.readonly ?? 0,
      columns.parent ?? null,
      columns.labels ?? "[]",
      columns.updated ?? 1,
      size,
      size,
    );
}

describe("schema", () => {
  it("refuses a second record of one name, whatever its kind", () => {
    const database = open();
    insert(database, { name: "a", kind: "committed" });
    assert.throws(() => insert(database, { name: "a" }), /UNIQUE/);
  });

  it("refuses a parent that does not exist, or is active", () => {
    const database = open();
    insert(database, { id: 1, name: "active" });
    assert.throws(() => insert(database, { name: "b", parent: 1 }), /FOREIGN KEY/);
    assert.throws(() => insert(database, { name: "b", parent: 99 }), /FOREIGN KEY/);
  });

  it("refuses to delete a parent", () => {
    const database = open();
    insert(database, { id: 1, name: "base", kind: "committed" });
    insert(database, { id: 2, name: "child", parent: 1 });
    assert.throws(() => database.exec("DELETE FROM snapshots WHERE id = 1"), /FOREIGN KEY/);
    database.exec("DELETE FROM snapshots WHERE id = 2");
    database.exec("DELETE FROM snapshots WHERE id = 1");
  });

  it("refuses a committed view, an unknown kind, an empty or endless name and labels that are no list", () => {
    const database = open();
    assert.throws(() => insert(database, { kind: "committed", readonly: 1 }), /CHECK/);
    assert.throws(() => insert(database, { kind: "prepared" }), /CHECK/);
    assert.throws(() => insert(database, { name: "" }), /CHECK/);
    assert.throws(() => insert(database, { name: "é".repeat(257) }), /CHECK/);
    assert.throws(() => insert(database, { labels: "{}" }), /CHECK/);
  });

  it("refuses a committed record without its usage, and an active one with one", () => {
    const database = open();
    assert.throws(() => insert(database, { kind: "committed", size: null }), /CHECK/);
    assert.throws(() => insert(database, { kind: "active", size: 1 }), /CHECK/);
  });

  it("refuses an update before the creation", () => {
    assert.throws(() => insert(open(), { updated: 0 }), /CHECK/);
  });

  it("refuses every change of an identity, and lets labels change", () => {
    const database = open();
    insert(database, { id: 1, name: "a" });
    for (const change of ["kind = 'committed'", "name = 'b'", "readonly = 1", "parent_id = NULL", "created_at = 2"]) {
      assert.throws(() => database.exec(`UPDATE snapshots SET ${change}`), /never changes/, change);
    }
    database.exec(`UPDATE snapshots SET labels = '[["a","1"]]', updated_at = 5`);
  });

  it("never gives an id out twice", () => {
    const database = open();
    insert(database, { id: 7, name: "a" });
    database.exec("DELETE FROM snapshots");
    insert(database, { name: "b" });
    assert.equal(database.prepare("SELECT id FROM snapshots").get()?.["id"], 8);
  });
});

describe("migrate", () => {
  it("does nothing at the present version", () => {
    const database = open();
    migrate(database, schemaVersion);
    assert.equal(database.prepare("PRAGMA user_version").get()?.["user_version"], schemaVersion);
  });

  it("leaves nothing behind when a step fails", () => {
    const database = new DatabaseSync(":memory:");
    database.exec("CREATE TABLE other (x); CREATE INDEX snapshots_by_parent ON other (x)");
    assert.throws(() => migrate(database, 0), /already exists|already an index/);
    assert.equal(database.prepare("PRAGMA user_version").get()?.["user_version"], 0);
    assert.equal(database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'snapshots'").get(), undefined);
  });
});
