import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { OperationError, type SnapshotFilter } from "@gantry/api";
import { WalSync } from "@gantry/sys/sync";
import type { FaultHook } from "../driver.ts";
import { fileError } from "../file-error.ts";
import { lockRoot } from "../root-lock.ts";
import { labelsFrom, labelsToText, recordFrom, type SnapshotRecord } from "./record.ts";
import { numberIn, textIn } from "./row.ts";
import { migrate, schemaVersion } from "./schema.ts";
import { prepareStatements, type Statements } from "./statements.ts";
import type { Listed, NewActive, NewCommitted, SnapshotStore } from "./store.ts";
import { translatingStoreErrors } from "./store-error.ts";
import { layReserve, withReserve } from "./store-reserve.ts";

/** What SQLite calls a database without a file. */
const inMemory = ":memory:";

/** How records are kept. */
export interface SnapshotStoreOptions {
  /**
   * Whether a change may be lost, with all changes after it, by a power cut (not by a crash of the process); much
   * faster on slow disks. Default: false.
   */
  readonly unsynced?: boolean;
  /** Hears that a sync failed, after which every further change is refused. Default: nobody does. */
  readonly onFailure?: ((reason: unknown) => void) | undefined;
  /** For tests of crashes, see {@link FaultHook}. Default: does nothing. */
  readonly fault?: FaultHook;
}

/**
 * Opens the records in `root`/metadata.db, made with `root` where absent, and locks `root` for this process.
 *
 * Rejects with
 * - `failed-precondition`: another process has `root` open (the message names it), or a newer version wrote the records
 * - `data-loss`: the records are damaged
 * - `permission-denied`, `resource-exhausted`: as the file system says
 */
export async function openSnapshotStore(root: string, options: SnapshotStoreOptions = {}): Promise<SnapshotStore> {
  const release = await lockRoot(root);
  const path = join(root, "metadata.db");
  try {
    return openAt(path, options, release);
  } catch (error) {
    release();
    throw error;
  }
}

/** Opens records that end with the process. */
export function createMemoryStore(): SnapshotStore {
  return openAt(inMemory, {}, () => {});
}

function openAt(path: string, options: SnapshotStoreOptions, release: () => void): SnapshotStore {
  return translatingStoreErrors(path, () => {
    const database = new DatabaseSync(path);
    try {
      prepareDatabase(database, path, options);
      layReserve(database);
      const log = options.unsynced === true || path === inMemory ? null : new WalSync(path);
      const { onFailure = () => {}, fault = () => {} } = options;
      return new SqliteStore({ database, path, log, release, onFailure, fault });
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

function prepareDatabase(database: DatabaseSync, path: string, options: SnapshotStoreOptions): void {
  // The root is locked anyhow, and so the index of the log can be on the heap (sqlite.org/wal.html, section 7). Else it
  // is a mapped file, and where a full disk has no block for a page of that, the kernel ends the process by SIGBUS.
  database.exec("PRAGMA locking_mode = EXCLUSIVE");
  database.exec("PRAGMA journal_mode = WAL");
  // NORMAL keeps the file whole in a power cut; that commits are kept as well is the business of WalSync.
  database.exec(`PRAGMA synchronous = ${options.unsynced === true ? "OFF" : "NORMAL"}`);
  database.exec("PRAGMA foreign_keys = ON");
  const version = numberIn(database.prepare("PRAGMA user_version").get() ?? {}, "user_version");
  if (version > schemaVersion) {
    const detail = `the records have version ${version}, this program knows versions up to ${schemaVersion}`;
    throw new OperationError("failed-precondition", { type: "snapshotter", id: path }, detail);
  }
  migrate(database, version);
  const health = textIn(database.prepare("PRAGMA quick_check(1)").get() ?? {}, "quick_check");
  if (health !== "ok") {
    throw new OperationError("data-loss", { type: "snapshotter", id: path }, `the records are damaged: ${health}`);
  }
}

interface StoreParts {
  readonly database: DatabaseSync;
  readonly path: string;
  /** Brings commits to the disk; `null` where nobody asks for it. */
  readonly log: WalSync | null;
  readonly release: () => void;
  readonly onFailure: (reason: unknown) => void;
  readonly fault: FaultHook;
}

class SqliteStore implements SnapshotStore {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #log: WalSync | null;
  readonly #release: () => void;
  readonly #onFailure: (reason: unknown) => void;
  readonly #fault: FaultHook;
  readonly #statements: Statements;
  #changes = 0;

  constructor(parts: StoreParts) {
    this.#database = parts.database;
    this.#path = parts.path;
    this.#log = parts.log;
    this.#release = parts.release;
    this.#onFailure = parts.onFailure;
    this.#fault = parts.fault;
    this.#statements = prepareStatements(parts.database);
  }

  find(name: string): SnapshotRecord | undefined {
    return this.#try(() => {
      const row = this.#statements.find.get(name);
      return row === undefined ? undefined : recordFrom(row);
    });
  }

  get(id: number): SnapshotRecord | undefined {
    return this.#try(() => {
      const row = this.#statements.get.get(id);
      return row === undefined ? undefined : recordFrom(row);
    });
  }

  getAll(ids: readonly number[]): ReadonlyMap<number, SnapshotRecord> {
    const rows = this.#try(() => this.#statements.getAll.all(JSON.stringify(ids)).map(recordFrom));
    return new Map(rows.map((record) => [record.id, record]));
  }

  get changes(): number {
    return this.#changes;
  }

  ancestors(id: number): readonly number[] {
    return this.#try(() => this.#statements.ancestors.all(id).map((row) => numberIn(row, "id")));
  }

  childCount(id: number): number {
    return this.#try(() => numberIn(this.#statements.childCount.get(id) ?? {}, "n"));
  }

  list(filter: SnapshotFilter): readonly Listed[] {
    const wanted = [...(filter.labels ?? [])];
    const parameters = {
      kind: filter.kind ?? null,
      any_parent: filter.parent === undefined ? 1 : 0,
      parent: filter.parent ?? null,
      prefix: filter.namePrefix === undefined ? null : Buffer.from(filter.namePrefix),
    };
    return this.#try(() => {
      const rows = this.#statements.list.all(parameters);
      // Here rather than in SQL, whose JSON functions end a text at a NUL.
      const matches = wanted.length === 0 ? rows : rows.filter((row) => carries(textIn(row, "labels"), wanted));
      return matches.map((row) => ({ id: numberIn(row, "id"), name: textIn(row, "name") }));
    });
  }

  ids(): ReadonlySet<number> {
    return this.#try(() => new Set(this.#statements.ids.all().map((row) => numberIn(row, "id"))));
  }

  highestId(): number {
    return this.#try(() => numberIn(this.#statements.highestId.get() ?? {}, "id"));
  }

  addActive(snapshot: NewActive): Promise<void> {
    return this.#change(() =>
      this.#statements.add.run({
        id: snapshot.id,
        name: snapshot.name,
        kind: "active",
        readonly: snapshot.readonly ? 1 : 0,
        parent: snapshot.parentId,
        labels: labelsToText(snapshot.labels),
        at: snapshot.at.getTime(),
        size: null,
        inodes: null,
      }),
    );
  }

  replaceByCommitted(id: number, snapshot: NewCommitted): Promise<void> {
    return this.#change(() => {
      const key = this.#statements.get.get(id);
      this.#statements.delete.run(id);
      this.#statements.add.run({
        id,
        name: snapshot.name,
        kind: "committed",
        readonly: 0,
        parent: key === undefined ? null : recordFrom(key).parentId,
        labels: labelsToText(snapshot.labels),
        at: snapshot.at.getTime(),
        size: snapshot.usage.sizeBytes,
        inodes: snapshot.usage.inodes,
      });
    });
  }

  setLabels(id: number, labels: ReadonlyMap<string, string>, at: Date): Promise<void> {
    return this.#change(() => this.#statements.setLabels.run({ id, labels: labelsToText(labels), at: at.getTime() }));
  }

  delete(id: number): Promise<void> {
    return this.#change(
      () => this.#statements.delete.run(id),
      // Removing is the way out of a full disk.
      (transact) => withReserve(this.#database, transact),
    );
  }

  async close(): Promise<void> {
    if (this.#database.isOpen) {
      await this.#log?.close();
      this.#try(() => this.#database.close());
      this.#release();
    }
  }

  #try<T>(work: () => T): T {
    return translatingStoreErrors(this.#path, work);
  }

  /**
   * Resolves when what `work` changes is on the disk. When it rejects, nothing of it is there; or all of it, until a
   * power cut perhaps, where the sync has failed.
   */
  async #change(work: () => unknown, run = (transact: () => void) => transact()): Promise<void> {
    this.#try(() => run(() => this.#transact(work)));
    try {
      await this.#log?.run();
    } catch (error) {
      this.#onFailure(error);
      throw fileError({ type: "snapshotter", id: this.#path }, "cannot be synced; it must be opened anew", error);
    }
    this.#fault("records.synced");
  }

  #transact(work: () => unknown): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.#fault("records.commit");
      this.#database.exec("COMMIT");
      this.#changes += 1;
      this.#fault("records.committed");
    } catch (error) {
      // SQLite itself rolls back after some errors, such as a full disk (sqlite.org/lang_transaction.html).
      if (this.#database.isTransaction) {
        this.#database.exec("ROLLBACK");
      }
      throw error;
    }
  }
}

function carries(stored: string, wanted: readonly (readonly [string, string])[]): boolean {
  const labels = labelsFrom(stored);
  return wanted.every(([key, value]) => labels.get(key) === value);
}
