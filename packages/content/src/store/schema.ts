import type { DatabaseSync } from "node:sqlite";
import { OperationError } from "@gantry/api";

/**
 * One entry a version, in order; never edited after a release.
 *
 * `blobs` says what is on the disk, `visible` who sees it. Both are taken away together with the last one who does, so
 * that a file without a row in `blobs` is a leftover of a crash.
 */
const migrations: readonly string[] = [
  `CREATE TABLE blobs (
     digest TEXT PRIMARY KEY,
     size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0)
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE visible (
     namespace TEXT NOT NULL,
     digest TEXT NOT NULL REFERENCES blobs,
     labels TEXT NOT NULL,
     created_ms INTEGER NOT NULL,
     updated_ms INTEGER NOT NULL CHECK (updated_ms >= created_ms),
     PRIMARY KEY (namespace, digest)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX visible_by_digest ON visible (digest);

   -- AUTOINCREMENT: the id names a directory, and must not come back while a crash may have left the old one.
   CREATE TABLE ingests (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     namespace TEXT NOT NULL,
     ref TEXT NOT NULL,
     total_bytes INTEGER,
     expected_digest TEXT,
     started_ms INTEGER NOT NULL,
     UNIQUE (namespace, ref)
   ) STRICT;`,
];

/**
 * Sets the database up for commits that survive a power cut, and brings its tables to the newest version.
 *
 * Throws `failed-precondition`: a newer program wrote the database; nothing is changed.
 */
export function prepareSchema(database: DatabaseSync, path: string): void {
  const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
  if (version > migrations.length) {
    const reason = `was written by a newer version (schema ${version}, this one knows ${migrations.length})`;
    throw new OperationError("failed-precondition", { type: "content", id: path }, reason);
  }
  // The root is locked anyhow, and so the log's index can be on the heap (sqlite.org/wal.html, section 7): where it is a
  // mapped file, a full disk ends the process by SIGBUS.
  database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;");
  database.exec("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;");
  for (const [index, migration] of migrations.entries()) {
    if (index < version) continue;
    database.exec(`BEGIN IMMEDIATE; ${migration} PRAGMA user_version = ${index + 1}; COMMIT;`);
  }
}
