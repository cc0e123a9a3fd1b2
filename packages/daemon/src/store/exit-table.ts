import type { Exit } from "@gantry/api";
import { dateOf, flagOf, numberOf } from "./row.ts";
import type { Store } from "./store.ts";

/** How processes of containers ended, as rows. */
export class ExitTable {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Records an exit; returns whether it is new. The first one stays.
   *
   * @param execId - empty for the init process
   */
  insert(container: number, execId: string, exit: Exit): boolean {
    const { changes } = this.#store
      .prepare(
        `INSERT INTO exits (container, exec_id, pid, status, exited_at, oom_killed)
         VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      )
      .run(container, execId, exit.pid, exit.status, exit.exitedAt.getTime(), Number(exit.oomKilled));
    return changes === 1;
  }

  find(container: number, execId: string): Exit | undefined {
    const row = this.#store.prepare("SELECT * FROM exits WHERE container = ? AND exec_id = ?").get(container, execId);
    if (row === undefined) return undefined;
    return {
      pid: numberOf(row, "pid"),
      status: numberOf(row, "status"),
      exitedAt: dateOf(row, "exited_at"),
      oomKilled: flagOf(row, "oom_killed"),
    };
  }

  /** Forgets the exit of an exec, so that its id can be used again. */
  delete(container: number, execId: string): void {
    this.#store.prepare("DELETE FROM exits WHERE container = ? AND exec_id = ?").run(container, execId);
  }
}
