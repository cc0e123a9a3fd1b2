import { DatabaseSync, type StatementSync } from "node:sqlite";
import { OperationError } from "@gantry/api";
import { migrate } from "./migrations.ts";

/** Result codes of SQLite (sqlite.org/rescode.html) that mean something to a caller. */
const kinds = new Map<number, "resource-exhausted" | "data-loss" | "permission-denied">([
  [8, "permission-denied"],
  [11, "data-loss"],
  [13, "resource-exhausted"],
  [26, "data-loss"],
]);

/**
 * The daemon's own records, in one SQLite file. Every transaction that resolves is on the disk (WAL with
 * `synchronous=FULL`: one fsync each, about 0.4 ms); after a crash each is wholly there or wholly absent.
 */
export class Store {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #statements = new Map<string, StatementSync>();
  readonly #committed = new Set<() => void>();
  #open = true;

  private constructor(path: string) {
    this.#path = path;
    this.#database = new DatabaseSync(path);
  }

  /**
   * Opens the records at `path`, making them where there are none, and brings them to the form that this version knows.
   *
   * Throws
   * - `failed-precondition`: a newer version made them; nothing is changed then
   * - `data-loss`: the file is damaged, or is no database
   */
  static open(path: string): Store {
    return translated(path, () => {
      const store = new Store(path);
      try {
        store.#database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
        migrate(store.#database, path);
        return store;
      } catch (error) {
        store.close();
        throw error;
      }
    });
  }

  /** Returns the statement for `sql`, prepared once. Integers that may pass 2^53 need `setReadBigInts` by their reader. */
  prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /**
   * Runs `work` as one transaction, and then tells those who wait for commits. Nothing else can come between, since work
   * is synchronous; if it throws, nothing of it remains.
   */
  transaction<T>(work: () => T): T {
    return translated(this.#path, () => {
      this.#database.exec("BEGIN IMMEDIATE");
      let result: T;
      try {
        result = work();
        this.#database.exec("COMMIT");
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
        throw error;
      }
      for (const listener of this.#committed) listener();
      return result;
    });
  }

  /** Calls `listener` behind every transaction, for the life of the store. */
  onCommit(listener: () => void): void {
    this.#committed.add(listener);
  }

  /** Idempotent. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#database.close();
  }
}

function translated<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    // The lower byte is the primary result code; the rest says more about the same.
    const code = error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : 0;
    const kind = kinds.get(code);
    if (kind === undefined || !(error instanceof Error)) throw error;
    throw new OperationError(kind, { type: "daemon", id: path }, `the store fails: ${error.message}`, { cause: error });
  }
}
