import { type FileHandle, open } from "node:fs/promises";
import { SharedRun } from "./shared-run.ts";

/**
 * Gives an SQLite database in WAL mode the durability of `synchronous=FULL` without its price. FULL syncs the log inside
 * of COMMIT, on the thread that calls it, which is the event loop's, once for each transaction. With
 * `synchronous=NORMAL` COMMIT only writes the log (sqlite.org/pragma.html#pragma_synchronous), and whoever waits for
 * {@link WalSync.run} behind it knows that it is on the disk: the sync runs on another thread, and all who come while
 * one runs share the next.
 *
 * The log is the file `PATH-wal`; SQLite keeps it as long as the database is open, and takes no locks on it, so that it
 * does no harm to open it a second time (sqlite.org/walformat.html, section 1).
 */
export class WalSync {
  readonly #path: string;
  readonly #sync = new SharedRun(() => this.#syncLog());
  #log: Promise<FileHandle> | undefined;
  #failure: { readonly error: unknown } | undefined;

  /** @param databasePath - of the database file, which must be open in WAL mode whenever `run` is called */
  constructor(databasePath: string) {
    this.#path = `${databasePath}-wal`;
  }

  /**
   * Resolves when all that was committed before this call is on the disk.
   *
   * Rejects with the error of the system call. Then, and from then on at every call: after a sync that failed nobody
   * knows what of it is on the disk, and another that succeeds does not say so (the kernel forgets what it could not
   * write). Only opening the database anew tells.
   */
  run(): Promise<void> {
    return this.#sync.run();
  }

  /** Closes the log behind the syncs under way. */
  async close(): Promise<void> {
    // One that could not be opened has been told of by `run`.
    const log = await this.#log?.catch(() => undefined);
    this.#log = undefined;
    await log?.close();
  }

  async #syncLog(): Promise<void> {
    if (this.#failure !== undefined) {
      throw this.#failure.error;
    }
    try {
      this.#log ??= open(this.#path, "r+");
      await (await this.#log).datasync();
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }
}
