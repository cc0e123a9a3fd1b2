import type { DatabaseSync } from "node:sqlite";
import { recordColumns } from "./record.ts";

const selectRecord = `SELECT ${recordColumns} FROM snapshots s LEFT JOIN snapshots p ON p.id = s.parent_id`;

/** What is asked of the records, and changed. */
export type Statements = ReturnType<typeof prepareStatements>;

/** Prepares each statement once, for the life of `database`. */
export function prepareStatements(database: DatabaseSync) {
  return {
    find: database.prepare(`${selectRecord} WHERE s.name = ?`),
    get: database.prepare(`${selectRecord} WHERE s.id = ?`),
    getAll: database.prepare(`${selectRecord} WHERE s.id IN (SELECT value FROM json_each(?))`),
    ancestors: database.prepare(
      `WITH RECURSIVE chain (id, depth) AS (
         SELECT parent_id, 1 FROM snapshots WHERE id = ?
         UNION ALL SELECT s.parent_id, depth + 1 FROM chain JOIN snapshots s ON s.id = chain.id
       ) SELECT id FROM chain WHERE id IS NOT NULL ORDER BY depth`,
    ),
    childCount: database.prepare("SELECT count(*) AS n FROM snapshots WHERE parent_id = ?"),
    list: database.prepare(
      `SELECT s.id, s.name, s.labels FROM snapshots s LEFT JOIN snapshots p ON p.id = s.parent_id
       WHERE (:kind IS NULL OR s.kind = :kind)
         AND (:any_parent OR p.name IS :parent)
         AND (:prefix IS NULL OR substr(CAST(s.name AS BLOB), 1, length(:prefix)) = :prefix)
       ORDER BY s.name`,
    ),
    ids: database.prepare("SELECT id FROM snapshots"),
    highestId: database.prepare("SELECT coalesce(max(seq), 0) AS id FROM sqlite_sequence WHERE name = 'snapshots'"),
    add: database.prepare(
      `INSERT INTO snapshots (id, name, kind, readonly, parent_id, labels, created_at, updated_at, size_bytes, inodes)
       VALUES (:id, :name, :kind, :readonly, :parent, :labels, :at, :at, :size, :inodes)`,
    ),
    setLabels: database.prepare(
      "UPDATE snapshots SET labels = :labels, updated_at = max(updated_at, :at) WHERE id = :id",
    ),
    delete: database.prepare("DELETE FROM snapshots WHERE id = ?"),
  };
}
