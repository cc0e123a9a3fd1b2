import type { DatabaseSync } from "node:sqlite";

/** Above what the removal of a record changes: a page in the table and in each index, and those that balance the trees. */
const reservedPages = 32;

/** SQLITE_FULL of sqlite.org/rescode.html. */
const full = 13;

/**
 * Sets room aside in the files of a database in WAL mode, for {@link withReserve}: in the log, and unused pages in the
 * database. Where the disk has no room for it, there is none.
 */
export function layReserve(database: DatabaseSync): void {
  try {
    // A crash may have left it.
    database.exec("DROP TABLE IF EXISTS reserve");
    database.exec(
      `CREATE TABLE reserve AS SELECT zeroblob(${reservedPages} * page_size) AS bytes FROM pragma_page_size`,
    );
    database.exec("DROP TABLE reserve");
    returnToStart(database);
  } catch (error) {
    if (!isFull(error)) {
      throw error;
    }
  }
}

/**
 * Does `work` a second time if the disk is full, in the room that {@link layReserve} has set aside, so that there is a
 * way to free what fills the disk.
 */
export function withReserve(database: DatabaseSync, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!isFull(error)) {
      throw error;
    }
    returnToStart(database);
    work();
  }
}

/** Has the next transaction written over the log, which stays as long as it is (sqlite.org/pragma.html#pragma_wal_checkpoint). */
function returnToStart(database: DatabaseSync): void {
  database.exec("PRAGMA wal_checkpoint(RESTART)");
}

function isFull(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === full;
}
