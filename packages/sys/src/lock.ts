import { closeSync, constants, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { splitDevice } from "./device-number.ts";
import { lastError, natively, requireLinux } from "./libc.ts";
import { SystemError } from "./system-error.ts";

/** A lock that is held until it is released or the process ends, however it ends. */
export interface Lock {
  /** Lets others take the lock; the file stays. Calling it again does nothing. */
  release(): void;
  [Symbol.dispose](): void;
}

/** A lock is held by somebody else. */
export class LockHeldError extends SystemError {
  /** The process that holds it; `null` if it cannot be seen from here, as from another pid namespace. */
  readonly holderPid: number | null;

  constructor(path: string, holderPid: number | null) {
    const holder = holderPid === null ? "another process" : `process ${holderPid}`;
    super("EAGAIN", "flock", { path, attempt: `lock ${JSON.stringify(path)}`, reason: `held by ${holder}` });
    this.holderPid = holderPid;
  }
}

const exclusive = 2;
const withoutWaiting = 4;

const calls = natively("flock", (libc) => ({ flock: libc.func<[number, number]>("int flock(int fd, int operation)") }));

/**
 * Takes the exclusive lock (flock(2)) on the file `path`, which is made with mode 0600 where it is missing, and writes
 * this process's id into it for people to read.
 *
 * The kernel drops the lock with the process, so a crash leaves nothing to clean up and the file is never removed:
 * removing it would let two processes lock two files of one name. The lock excludes a second call in the same process
 * too.
 *
 * Throws
 * - {@link LockHeldError} (EAGAIN) at once, without waiting, if somebody holds it
 * - Node's own error for a file that cannot be opened; a symbolic link is refused (ELOOP)
 */
export function lock(path: string): Lock {
  requireLinux("flock");
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
  const fd = openSync(path, flags, 0o600);
  try {
    takeLock(fd, path);
    ftruncateSync(fd);
    writeSync(fd, `${process.pid}\n`, 0);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  let held = true;
  const release = (): void => {
    if (held) closeSync(fd);
    held = false;
  };
  return { release, [Symbol.dispose]: release };
}

function takeLock(fd: number, path: string): void {
  if (calls().flock(fd, exclusive | withoutWaiting) === 0) return;
  const error = lastError("flock", { path });
  throw error.errno === "EAGAIN" ? new LockHeldError(path, holderOf(fd)) : error;
}

/**
 * The kernel's own list is asked first: the file's text may still name a former holder, in the moment before the
 * present one has written its own id. On btrfs, whose files show another device number than the list does, and where a
 * holder is out of sight, only the text is left.
 */
function holderOf(fd: number): number | null {
  const { dev, ino } = fstatSync(fd, { bigint: true });
  const { major, minor } = splitDevice(dev);
  const file = `${hex(major)}:${hex(minor)}:${ino}`;
  for (const line of readFileSync("/proc/locks", "utf8").split("\n")) {
    // "1: FLOCK  ADVISORY  WRITE 812 00:1f:4711 0 EOF"; a process that cannot be seen from here has the number 0.
    const [, kind, , , pid, lockedFile] = line.split(/\s+/);
    if (kind === "FLOCK" && lockedFile === file && Number(pid) > 0) return Number(pid);
  }
  const written = Number.parseInt(readFileSync(fd, "utf8"), 10);
  return written > 0 ? written : null;
}

function hex(number: number): string {
  return number.toString(16).padStart(2, "0");
}
