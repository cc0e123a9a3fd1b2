import type { Exit, ProcessState, ProcessStatus } from "@gantry/api";
import type { ContainerRecord, ProcessRecord } from "./record.ts";

/** Where a process stands: one that runs in a paused container is paused. */
export function statusOf(process: ProcessRecord, container: ContainerRecord): ProcessStatus {
  return process.status === "running" && container.isPaused ? "paused" : process.status;
}

/** What is known about a process. */
export function stateOf(process: ProcessRecord, container: ContainerRecord): ProcessState {
  const status = statusOf(process, container);
  const exit = exitOf(process);
  return { status, pid: exit !== null || process.pid === 0 ? null : process.pid, exit };
}

/** How a process ended, or `null`. */
export function exitOf({ pid, exit }: ProcessRecord): Exit | null {
  return exit === null ? null : { pid, status: exit.status, exitedAt: new Date(exit.at), oomKilled: false };
}

/** Where a process stands that has not ended. */
export const alive: readonly ProcessStatus[] = ["created", "running", "paused"];
