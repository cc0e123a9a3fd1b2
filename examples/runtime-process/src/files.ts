import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";

/** A process of the host that cannot be taken for a later one of the same pid. */
export interface Identity {
  readonly pid: number;
  /** Boot of the host and tick of it (proc(5), starttime); `null` if it had ended when it was looked at. */
  readonly started: string | null;
}

/** Tells which process has `pid` now. One that has ended and is not reaped yet counts as gone. */
export function identityOf(pid: number): Identity {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name comes second, in parentheses, and may hold anything; the state is the first field behind it.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { pid, started: state === "Z" ? null : `${boot}/${fields[18]}` };
  } catch {
    return { pid, started: null };
  }
}

export function isAlive({ pid, started }: Identity): boolean {
  return started !== null && identityOf(pid).started === started;
}

/** Sends a signal, to a whole process group if `pid` is negative, and tells whether anybody was there to get it. */
export function sendSignal(pid: number, signal: number): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** What {@link writeJson} wrote there; `undefined` if nothing did. */
export function readJson<T>(path: string): T | undefined {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

/** Writes a file that others see whole or not at all. */
export function writeJson(path: string, value: object): void {
  writeFileSync(`${path}.new`, JSON.stringify(value));
  renameSync(`${path}.new`, path);
}
