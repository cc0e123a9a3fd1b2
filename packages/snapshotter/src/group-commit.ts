import type { DatabaseSync } from "node:sqlite";

interface Change {
  readonly work: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Puts changes that come at about the same time into one transaction, since what a transaction costs is the sync at its
 * end: many callers then wait for one. Each change is still wholly there or wholly absent, and its promise settles when
 * that is on the disk.
 */
export class GroupCommit {
  readonly #database: DatabaseSync;
  #waiting: Change[] = [];

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /**
   * Has `work` done behind all that was asked for before. Rejects with what `work` throws, which takes none of the
   * others along, or with what kept the transaction from being written, which takes all of them along.
   */
  run(work: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) {
        // Behind the callers whom this turn of the event loop still wakes.
        setImmediate(() => this.flush());
      }
      this.#waiting.push({ work, resolve, reject });
    });
  }

  /** Does at once what waits, for whoever closes the database. */
  flush(): void {
    const changes = this.#waiting;
    this.#waiting = [];
    if (changes.length === 0) {
      return;
    }
    try {
      const settle = this.#writeAll(changes);
      for (const one of settle) {
        one();
      }
    } catch (error) {
      for (const { reject } of changes) {
        reject(error);
      }
    }
  }

  /** Returns what is to be told to whom, now that it is on the disk. */
  #writeAll(changes: readonly Change[]): readonly (() => void)[] {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const settle = changes.map((change) => this.#write(change));
      this.#database.exec("COMMIT");
      return settle;
    } catch (error) {
      // SQLite itself rolls back after some errors, such as a full disk (sqlite.org/lang_transaction.html).
      if (this.#database.isTransaction) {
        this.#database.exec("ROLLBACK");
      }
      throw error;
    }
  }

  #write({ work, resolve, reject }: Change): () => void {
    this.#database.exec("SAVEPOINT one");
    try {
      work();
    } catch (error) {
      if (!this.#database.isTransaction) {
        throw error;
      }
      this.#database.exec("ROLLBACK TO one; RELEASE one");
      return () => reject(error);
    }
    this.#database.exec("RELEASE one");
    return resolve;
  }
}
