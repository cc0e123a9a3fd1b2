/* The calls here mirror their system calls one to one, four parameters included; at-names.ts says why. */
import { chmodSync, closeSync, constants } from "node:fs";
import { cString, lastError, natively, type PathLike } from "./libc.ts";
import { openat, openFlag } from "./open-at.ts";

/** AT_SYMLINK_NOFOLLOW: a symbolic link itself is meant. */
const noFollow = 0x100;
/** UTIME_OMIT of utimensat(2), in place of nanoseconds: this time stays as it is. */
const omit = 0x3ffffffen;

const billion = 1_000_000_000n;

/** Times to set, in nanoseconds since 1970, before which they are negative; one that is left out does not change. */
export interface FileTimes {
  readonly atimeNs?: bigint;
  readonly mtimeNs?: bigint;
}

const calls = natively("openat", (libc) => ({
  fchownat: libc.func<[number, PathLike, number, number, number]>(
    "int fchownat(int dir, const char *name, uint32_t uid, uint32_t gid, int flags)",
  ),
  futimens: libc.func<[number, Uint8Array]>("int futimens(int fd, const void *times)"),
  utimensat: libc.func<[number, PathLike, Uint8Array, number]>(
    "int utimensat(int dir, const char *name, const void *times, int flags)",
  ),
}));

/** Two `struct timespec`: seconds and nanoseconds, 64 bits each. Shared, since a call reads it before it returns. */
const timespecs = Buffer.alloc(32);

/** Sets the owner of `name`; of a symbolic link, its own. */
export function fchownat(dirFd: number, name: PathLike, uid: number, gid: number): void {
  const result = calls().fchownat(dirFd, cString(name, "fchownat"), uid, gid, noFollow);
  if (result < 0) throw lastError("fchownat", { path: name.toString() });
}

/**
 * Sets the permissions of `name`, and refuses a symbolic link, which has none, instead of following it.
 *
 * The kernel cannot do that in one call before Linux 6.6, so the file is held by a handle that opens nothing (not even
 * a device) and changed through /proc, which must be mounted.
 */
export function fchmodat(dirFd: number, name: PathLike, mode: number): void {
  const fd = openat(dirFd, name, openFlag.path | constants.O_NOFOLLOW);
  try {
    chmodSync(`/proc/self/fd/${fd}`, mode);
  } finally {
    closeSync(fd);
  }
}

/** Sets the times of `name`; of a symbolic link, its own. */
export function utimensat(dirFd: number, name: PathLike, times: FileTimes): void {
  writeTimes(times);
  const result = calls().utimensat(dirFd, cString(name, "utimensat"), timespecs, noFollow);
  if (result < 0) throw lastError("utimensat", { path: name.toString() });
}

/** Sets the times of an open file, to the nanosecond, which Node's own `futimes` cannot. */
export function futimens(fd: number, times: FileTimes): void {
  writeTimes(times);
  if (calls().futimens(fd, timespecs) < 0) throw lastError("futimens");
}

function writeTimes({ atimeNs, mtimeNs }: FileTimes): void {
  writeTime(atimeNs, 0);
  writeTime(mtimeNs, 16);
}

function writeTime(time: bigint | undefined, offset: number): void {
  // Nanoseconds count up from the second also before 1970, where bigint division rounds the wrong way.
  const nanoseconds = time === undefined ? omit : ((time % billion) + billion) % billion;
  timespecs.writeBigInt64LE(time === undefined ? 0n : (time - nanoseconds) / billion, offset);
  timespecs.writeBigInt64LE(nanoseconds, offset + 8);
}
