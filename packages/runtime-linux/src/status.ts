import type { ProcessStatus, Subject } from "@gantry/api";
import { wrongStatus } from "@gantry/api/kit";

export { wrongStatus };

/** What happens to a process. `lose` is that the platform no longer answers sensibly. */
export type StatusEvent = "start" | "pause" | "resume" | "exit" | "lose";

/** Where each event leads; what is absent cannot happen there. */
const transitions = {
  created: { start: "running", exit: "stopped", lose: "unknown" },
  running: { pause: "paused", exit: "stopped", lose: "unknown" },
  paused: { resume: "running", exit: "stopped", lose: "unknown" },
  stopped: {},
  unknown: { exit: "stopped" },
} as const satisfies Record<ProcessStatus, Partial<Record<StatusEvent, ProcessStatus>>>;

/** Where `event` leads from `status`, or `null` if it cannot happen there. */
export function nextStatus(status: ProcessStatus, event: StatusEvent): ProcessStatus | null {
  const row: Partial<Record<StatusEvent, ProcessStatus>> = transitions[status];
  return row[event] ?? null;
}

/**
 * Returns where `event` leads from `status`.
 *
 * Throws `failed-precondition`: it cannot happen there; the message names where the process stands and where it would
 * have to stand.
 */
export function requireTransition(subject: Subject, status: ProcessStatus, event: StatusEvent): ProcessStatus {
  const next = nextStatus(status, event);
  if (next === null) {
    throw wrongStatus(subject, status, { doing: event, expected: sourcesOf(event) });
  }
  return next;
}

function sourcesOf(event: StatusEvent): readonly ProcessStatus[] {
  const all: readonly ProcessStatus[] = ["created", "running", "paused", "stopped", "unknown"];
  return all.filter((status) => nextStatus(status, event) !== null);
}
