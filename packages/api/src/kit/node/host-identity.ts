import { readFileSync } from "node:fs";
import { OperationError } from "../../errors.ts";

/** A process of the host that cannot be taken for a later one of the same pid. JSON keeps it as it is. */
export interface Identity {
  readonly pid: number;
  /** Boot of the host and tick of it (proc(5), starttime); `null` if the process had ended when it was looked at. */
  readonly started: string | null;
}

/** Tells which process has `pid` now. One that has ended and is not reaped yet counts as gone. Linux only. */
export function identityOf(pid: number): Identity {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name comes second, in parentheses, and may hold anything; the state is the first field behind it.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { pid, started: state === "Z" || state === "X" ? null : `${boot}/${fields[18]}` };
  } catch {
    return { pid, started: null };
  }
}

/** Whether the process that {@link identityOf} told of has not ended; false where there was none. */
export function isAlive(identity: Identity | undefined): boolean {
  if (identity === undefined || identity.started === null) return false;
  return identityOf(identity.pid).started === identity.started;
}

/**
 * Sends a signal, to a whole process group if `pid` is negative, and tells whether anybody was there to get it.
 *
 * Throws `permission-denied`: it may not be sent to who is there.
 */
export function sendSignal(pid: number, signal: number): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    const subject = { type: "process", id: String(pid) } as const;
    throw new OperationError("permission-denied", subject, `signal ${signal} cannot be sent`, { cause: error });
  }
}
