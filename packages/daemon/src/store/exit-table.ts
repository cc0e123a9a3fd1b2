import type { Exit } from "@gantry/api";
import { dateOf, flagOf, numberOf, type Row } from "./row.ts";
import type { Store } from "./store.ts";

/** How many ends of runs are kept of one id, and of all. */
const keptOfId = 50;
const keptOfAll = 10_000;
const keptForMs = 30 * 24 * 3_600_000;
/** How many are written between two looks at how many and how old they all are. */
const insertsPerTrim = 100;

/** One run of a container. */
export interface RunRef {
  /** Of the container; never used twice. */
  readonly uid: number;
  readonly namespace: string;
  readonly id: string;
  /** From 1. */
  readonly run: number;
}

/** The end of one run. */
export interface PastExit {
  readonly uid: number;
  readonly run: number;
  readonly exit: Exit;
}

/** How processes of containers ended, as rows. Those of init processes outlive the container. */
export class ExitTable {
  readonly #store: Store;
  #inserts = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Records an exit; returns whether it is new. The first one of a run stays. Drops what is too much or too old, by the
   * time of this exit.
   *
   * @param execId - empty for the init process
   */
  insert({ uid, namespace, id, run }: RunRef, execId: string, exit: Exit): boolean {
    const { changes } = this.#store
      .prepare(
        `INSERT INTO exits (container, run, exec_id, namespace, id, pid, status, exited_at, oom_killed)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      )
      .run(uid, run, execId, namespace, id, exit.pid, exit.status, exit.exitedAt.getTime(), Number(exit.oomKilled));
    if (changes === 1 && execId === "") this.#trim(namespace, id, exit.exitedAt);
    return changes === 1;
  }

  /** @param execId - empty for the init process */
  find({ uid, run }: Pick<RunRef, "uid" | "run">, execId: string): Exit | undefined {
    const row = this.#store
      .prepare("SELECT * FROM exits WHERE container = ? AND run = ? AND exec_id = ?")
      .get(uid, run, execId);
    return row && exitFrom(row);
  }

  /** Returns how the runs of all containers ended that have or had this id, the newest first. */
  list(namespace: string, id: string): readonly PastExit[] {
    return this.#store
      .prepare("SELECT * FROM exits WHERE namespace = ? AND id = ? AND exec_id = '' ORDER BY container DESC, run DESC")
      .all(namespace, id)
      .map((row) => ({ uid: numberOf(row, "container"), run: numberOf(row, "run"), exit: exitFrom(row) }));
  }

  /** Forgets the exit of an exec, so that its id can be used again. */
  delete({ uid, run }: Pick<RunRef, "uid" | "run">, execId: string): void {
    this.#store.prepare("DELETE FROM exits WHERE container = ? AND run = ? AND exec_id = ?").run(uid, run, execId);
  }

  /** Forgets the exits of all execs of a container. */
  deleteExecs(uid: number): void {
    this.#store.prepare("DELETE FROM exits WHERE container = ? AND exec_id <> ''").run(uid);
  }

  /** Forgets everything about a namespace. */
  deleteNamespace(namespace: string): void {
    this.#store.prepare("DELETE FROM exits WHERE namespace = ?").run(namespace);
  }

  /** Drops what is too much or too old of all ids, never how the last run of a container ended that there still is. */
  trimAll(now: Date): void {
    const oldest = this.#store
      .prepare("SELECT exited_at FROM exits WHERE exec_id = '' ORDER BY exited_at DESC LIMIT 1 OFFSET ?")
      .get(keptOfAll);
    const before = Math.max(now.getTime() - keptForMs, oldest === undefined ? 0 : numberOf(oldest, "exited_at") + 1);
    this.#store
      .prepare(
        `DELETE FROM exits WHERE exec_id = '' AND exited_at < ? AND NOT EXISTS
         (SELECT 1 FROM containers WHERE containers.uid = exits.container AND containers.run = exits.run)`,
      )
      .run(before);
  }

  #trim(namespace: string, id: string, now: Date): void {
    this.#store
      .prepare(
        `DELETE FROM exits WHERE (container, run, exec_id) IN (SELECT container, run, exec_id FROM exits
         WHERE namespace = ? AND id = ? AND exec_id = '' ORDER BY container DESC, run DESC LIMIT -1 OFFSET ?)`,
      )
      .run(namespace, id, keptOfId);
    this.#inserts += 1;
    if (this.#inserts % insertsPerTrim === 0) this.trimAll(now);
  }
}

function exitFrom(row: Row): Exit {
  return {
    pid: numberOf(row, "pid"),
    status: numberOf(row, "status"),
    exitedAt: dateOf(row, "exited_at"),
    oomKilled: flagOf(row, "oom_killed"),
  };
}
