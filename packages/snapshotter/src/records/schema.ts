import type { DatabaseSync } from "node:sqlite";

/**
 * What brings the database from version N to N + 1, in order; a released step is never edited.
 *
 * The rules of the contract stand here a second time, as constraints, so that a mistake in the code above fails instead
 * of being stored: one keyspace (`name` is unique over both kinds), a parent exists and is Committed (the foreign key
 * includes the kind that a parent must have), no removal with children (RESTRICT), only an Active snapshot is readonly,
 * a Committed one has its usage, and no record ever changes its identity (the trigger).
 *
 * `id` names the bytes. Committing deletes the key's record and inserts the name's under the same id, so that no bytes
 * move. AUTOINCREMENT keeps ids from being used twice, so bytes that are still being freed are never taken for new ones.
 *
 * Labels are JSON, a list of pairs: its escapes keep NUL and lone surrogates, which a TEXT column would lose.
 */
const migrations: readonly string[] = [
  `CREATE TABLE snapshots (
     id          INTEGER PRIMARY KEY AUTOINCREMENT,
     name        TEXT NOT NULL UNIQUE CHECK (length(CAST(name AS BLOB)) BETWEEN 1 AND 512),
     kind        TEXT NOT NULL CHECK (kind IN ('active', 'committed')),
     readonly    INTEGER NOT NULL CHECK (readonly IN (0, 1)),
     parent_id   INTEGER,
     parent_kind TEXT GENERATED ALWAYS AS (CASE WHEN parent_id IS NOT NULL THEN 'committed' END) STORED,
     labels      TEXT NOT NULL CHECK (json_type(labels) = 'array'),
     created_at  INTEGER NOT NULL,
     updated_at  INTEGER NOT NULL,
     size_bytes  INTEGER,
     inodes      INTEGER,
     UNIQUE (id, kind),
     CHECK (readonly = 0 OR kind = 'active'),
     CHECK (updated_at >= created_at),
     CHECK ((kind = 'committed') = (size_bytes IS NOT NULL)),
     CHECK ((kind = 'committed') = (inodes IS NOT NULL)),
     FOREIGN KEY (parent_id, parent_kind) REFERENCES snapshots (id, kind) ON UPDATE RESTRICT ON DELETE RESTRICT
   ) STRICT;
   CREATE INDEX snapshots_by_parent ON snapshots (parent_id);
   CREATE TRIGGER snapshots_keep_their_identity
     BEFORE UPDATE OF id, name, kind, readonly, parent_id, created_at, size_bytes, inodes ON snapshots
     BEGIN SELECT RAISE(ABORT, 'a snapshot never changes its name, kind, parent, time or size'); END;`,
];

/** The version of the schema that this code reads and writes. */
export const schemaVersion: number = migrations.length;

/** Brings `database` from `version` to {@link schemaVersion}, wholly or not at all. */
export function migrate(database: DatabaseSync, version: number): void {
  if (version === schemaVersion) {
    return;
  }
  database.exec("BEGIN EXCLUSIVE");
  try {
    for (const step of migrations.slice(version)) {
      database.exec(step);
    }
    // Part of the transaction: the version lives in the header of the file.
    database.exec(`PRAGMA user_version = ${schemaVersion}`);
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}
