import { closeSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { lastErrno, lastError, natively, requireLinux } from "./libc.ts";
import { syscallNumber } from "./syscall-numbers.ts";

/**
 * Which process a pid stands for. Pids are used again, so a pid that was written down names a process only together
 * with the time that process started, and that time only together with the boot it counts from. Two processes that get
 * one pid within one tick (10 ms) cannot be told apart; the kernel goes through all other pids first.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Ticks of the clock since the machine started, field 22 of /proc/PID/stat. */
  readonly startTime: bigint;
  /** A random word that the kernel chooses anew whenever the machine starts. */
  readonly bootId: string;
}

const calls = natively("pidfd_open", (libc) => ({
  pidfd_open: libc.func<[number, number, number]>("long syscall(long number, int pid, unsigned int flags)"),
  pidfd_send_signal: libc.func<[number, number, number, null, number]>(
    "long syscall(long number, int pidfd, int signal, void *info, unsigned int flags)",
  ),
}));

let bootId: string | undefined;

/**
 * The identity of the process that has `pid` now, or `null` if there is none, or it has ended and only waits for its
 * parent to take its status.
 */
export function processIdentity(pid: number): ProcessIdentity | null {
  requireLinux("pidfd_open");
  const stat = readStat(pid);
  if (stat === null) return null;
  // The second field is the program's name in parentheses, which may itself contain spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, startTime] = [fields[0], fields[19]];
  if (startTime === undefined || state === "Z" || state === "X") return null;
  bootId ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return { pid, startTime: BigInt(startTime), bootId };
}

/**
 * Sends a signal to the process that `identity` was taken from, and never to another one that has its pid now: the
 * process is held by a descriptor first (pidfd_open(2)) and compared then.
 *
 * @param signal - a name, or 0 to only ask whether the process is still there
 * @returns whether the process was there to be signalled
 *
 * Throws EPERM where it may not be signalled, and ENOSYS before Linux 5.3.
 */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals | 0): boolean {
  const pidfd = calls().pidfd_open(syscallNumber("pidfd_open"), identity.pid, 0);
  if (pidfd < 0) return goneOrThrow("pidfd_open", identity.pid);
  try {
    if (!isSame(identity, processIdentity(identity.pid))) return false;
    const number = signal === 0 ? 0 : constants.signals[signal];
    const sent = calls().pidfd_send_signal(syscallNumber("pidfd_send_signal"), pidfd, number, null, 0);
    return sent === 0 || goneOrThrow("pidfd_send_signal", identity.pid);
  } finally {
    closeSync(pidfd);
  }
}

function isSame(one: ProcessIdentity, other: ProcessIdentity | null): boolean {
  return other !== null && one.pid === other.pid && one.startTime === other.startTime && one.bootId === other.bootId;
}

/** ESRCH is an answer: the process has ended. Right after the call that failed. */
function goneOrThrow(syscall: string, pid: number): false {
  if (lastErrno() === "ESRCH") return false;
  throw lastError(syscall, { attempt: `signal process ${pid}` });
}

function readStat(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch (error) {
    // ESRCH: it ended between the opening and the reading of the file.
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")) return null;
    throw error;
  }
}
