import type { ContainerRecord } from "../../store/container-table.ts";
import type { Health } from "../supervision/health.ts";
import { crashLoopAttempts, quietMs } from "../supervision/restart-policy.ts";
import type { ContainerParts } from "./container-parts.ts";

/** What the daemon does about a container, and why. */
export interface SupervisionView {
  /** What it was told last; `null` before its first start. */
  readonly desired: "running" | "stopped" | null;
  /** Number of the present or last run, from 1. */
  readonly run: number;
  /** How often the daemon restarted it since somebody started it. */
  readonly restarts: number;
  /** When it is to be run again; `null` if it is not. */
  readonly restartAt: Date | null;
  readonly crashLoop: boolean;
  /** `null` if nobody checks, or nothing runs. */
  readonly health: Health | null;
  /** Why the last restart failed; empty if it did not. */
  readonly restartError: string;
}

/** Returns what is known of the supervision of a container. */
export function viewSupervision({ core, health }: ContainerParts, record: ContainerRecord): SupervisionView {
  const { run } = record;
  const row = core.tables.supervision.find(record.uid);
  if (row === undefined) {
    return { desired: null, run, restarts: 0, restartAt: null, crashLoop: false, health: null, restartError: "" };
  }
  const { desired, restarts, restartAt, restartError, attempt, startedAt } = row;
  // One that runs quietly has left its loop, though its row of restarts is ended in the records by its next end only.
  const isQuiet = restartAt === null && startedAt !== null && core.now().getTime() - startedAt.getTime() >= quietMs;
  const crashLoop = desired === "running" && attempt >= crashLoopAttempts && !isQuiet;
  return { desired, run, restarts, restartAt, crashLoop, health: health.find(record) ?? null, restartError };
}
