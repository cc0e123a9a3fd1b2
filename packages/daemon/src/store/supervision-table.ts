import type { HealthStatus } from "../core/supervision/health.ts";
import { dateOf, flagOf, numberOf, type Row, textOf } from "./row.ts";
import type { Store } from "./store.ts";

/** What is being done to a container that runs, to be done again by the next daemon if this one does not come so far. */
export interface StopIntent {
  /** Name or number. */
  readonly signal: string;
  /** Whether every process gets it. */
  readonly all: boolean;
  /** After which the container is killed; `null` where the signal is all there is to do. */
  readonly timeoutMs: number | null;
  /** Whether it is started again when it has ended. */
  readonly restart: boolean;
}

/** What a container was told, and what came of it. There is none before it is started first. */
export interface SupervisionRecord {
  /** What it was told last. */
  readonly desired: "running" | "stopped";
  readonly stopping: StopIntent | null;
  /** Whether its next run is being made: whatever its runtime has of it is to be taken away. */
  readonly remaking: boolean;
  /** How many restarts in a row led to the present or last run. */
  readonly attempt: number;
  /** How many restarts there were since somebody started it. */
  readonly restarts: number;
  /** When the present or last run began. */
  readonly startedAt: Date | null;
  /** When it is to be run again; `null` if it is not. */
  readonly restartAt: Date | null;
  /** `null` if nobody checks, or nothing runs. */
  readonly health: HealthStatus | null;
  /** Why the last restart failed; empty if it did not. */
  readonly restartError: string;
}

/** What a container has that was told nothing but to run. */
export const freshSupervision: SupervisionRecord = {
  desired: "running",
  stopping: null,
  remaking: false,
  attempt: 0,
  restarts: 0,
  startedAt: null,
  restartAt: null,
  health: null,
  restartError: "",
};

/** What is known of the supervision of containers, as rows. */
export class SupervisionTable {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  find(container: number): SupervisionRecord | undefined {
    const row = this.#store.prepare("SELECT * FROM supervision WHERE container = ?").get(container);
    return row && recordFrom(row);
  }

  /** Changes what is named, on top of {@link freshSupervision} where there was nothing. */
  change(container: number, change: Partial<SupervisionRecord>): void {
    const record = { ...(this.find(container) ?? freshSupervision), ...change };
    this.#store
      .prepare(
        `INSERT OR REPLACE INTO supervision (container, desired, stopping, remaking, attempt, restarts, started_at,
         restart_at, health, restart_error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        container,
        record.desired,
        record.stopping && JSON.stringify(record.stopping),
        Number(record.remaking),
        record.attempt,
        record.restarts,
        record.startedAt?.getTime() ?? null,
        record.restartAt?.getTime() ?? null,
        record.health,
        record.restartError,
      );
  }
}

function recordFrom(row: Row): SupervisionRecord {
  return {
    desired: textOf(row, "desired") === "stopped" ? "stopped" : "running",
    stopping: row["stopping"] === null ? null : JSON.parse(textOf(row, "stopping")),
    remaking: flagOf(row, "remaking"),
    attempt: numberOf(row, "attempt"),
    restarts: numberOf(row, "restarts"),
    startedAt: row["started_at"] === null ? null : dateOf(row, "started_at"),
    restartAt: row["restart_at"] === null ? null : dateOf(row, "restart_at"),
    health: healthOf(row),
    restartError: textOf(row, "restart_error"),
  };
}

function healthOf(row: Row): HealthStatus | null {
  const { health } = row;
  return health === "starting" || health === "healthy" || health === "unhealthy" ? health : null;
}
