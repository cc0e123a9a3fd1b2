import { DatabaseSync, type StatementSync } from "node:sqlite";
import { OperationError } from "@gantry/api";
import { WalSync } from "@gantry/sys/sync";
import { migrate } from "./migrations.ts";

/** Result codes of SQLite (sqlite.org/rescode.html) that mean something to a caller. */
const kinds = new Map<number, "resource-exhausted" | "data-loss" | "permission-denied">([
  [8, "permission-denied"],
  [11, "data-loss"],
  [13, "resource-exhausted"],
  [26, "data-loss"],
]);

/** Called behind each transaction; what it returns is called when that transaction is on the disk. */
export type CommitListener = () => () => void;

/**
 * The daemon's own records, in one SQLite file. After a crash each transaction is wholly there or wholly absent.
 */
export class Store {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #log: WalSync;
  readonly #onFailure: (reason: unknown) => void;
  readonly #statements = new Map<string, StatementSync>();
  readonly #listeners = new Set<CommitListener>();
  #syncing: Promise<void> | undefined;
  #open = true;

  private constructor(path: string, onFailure: (reason: unknown) => void) {
    this.#path = path;
    this.#onFailure = onFailure;
    this.#database = new DatabaseSync(path);
    this.#log = new WalSync(path);
  }

  /**
   * Opens the records at `path`, making them where there are none, and brings them to the form that this version knows.
   *
   * @param onFailure - hears that a sync failed, after which nobody knows what is on the disk; default: nobody does
   *
   * Throws
   * - `failed-precondition`: a newer version made them; nothing is changed then
   * - `data-loss`: the file is damaged, or is no database
   */
  static open(path: string, onFailure: (reason: unknown) => void = () => {}): Store {
    return translated(path, () => {
      const store = new Store(path, onFailure);
      try {
        // The root is locked anyhow, and so the log's index can be on the heap (sqlite.org/wal.html, section 7): where it is
        // a mapped file, a full disk ends the process by SIGBUS.
        store.#database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL");
        store.#database.exec("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
        migrate(store.#database, path);
        return store;
      } catch (error) {
        store.#database.close();
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
   * Runs `work` as one transaction and syncs it, while the event loop waits: for what nobody may see before it is on the
   * disk. Nothing else can come between, since work is synchronous; if it throws, nothing of it remains.
   */
  transaction<T>(work: () => T): T {
    const { result, durable } = this.#write(work);
    durable();
    return result;
  }

  /**
   * Runs `work` at once as one transaction, and lets the sync follow on another thread, shared with others: for what a
   * power cut may take (never a crash of the process), such as an intent whose deed is gone with the power too. If `work`
   * throws, nothing of it remains.
   */
  write<T>(work: () => T): T {
    const { result, durable } = this.#writeUnsynced(work);
    this.#syncing = this.#log.run().then(durable);
    this.#syncing.catch(this.#onFailure);
    return result;
  }

  /** As {@link Store.write}, and resolves when it is on the disk. */
  async commit<T>(work: () => T): Promise<T> {
    const result = this.write(work);
    await this.synced();
    return result;
  }

  /** Resolves when all that was written before is on the disk. Rejects with `data-loss` if it never will be. */
  async synced(): Promise<void> {
    try {
      await this.#syncing;
    } catch (error) {
      const detail = `the store cannot be synced: ${error}`;
      throw new OperationError("data-loss", { type: "daemon", id: this.#path }, detail, { cause: error });
    }
  }

  /** Calls `listener` behind every transaction, for the life of the store. */
  onCommit(listener: CommitListener): void {
    this.#listeners.add(listener);
  }

  /** Idempotent. */
  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#syncing?.catch(() => {});
    await this.#log.close();
    this.#database.close();
  }

  #writeUnsynced<T>(work: () => T): Written<T> {
    // NORMAL writes the log and leaves the sync to whoever wants it (sqlite.org/pragma.html#pragma_synchronous).
    this.#database.exec("PRAGMA synchronous = NORMAL");
    try {
      return this.#write(work);
    } finally {
      this.#database.exec("PRAGMA synchronous = FULL");
    }
  }

  #write<T>(work: () => T): Written<T> {
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
      const after = [...this.#listeners].map((listener) => listener());
      const durable = () => {
        for (const one of after) one();
      };
      return { result, durable };
    });
  }
}

/** What a transaction returned, and what is to be called when it is on the disk. */
interface Written<T> {
  readonly result: T;
  durable(): void;
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
