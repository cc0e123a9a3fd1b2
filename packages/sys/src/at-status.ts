import { makeDevice } from "./device-number.ts";
import { cString, lastError, natively, type PathLike } from "./libc.ts";
import { syscallNumber } from "./syscall-numbers.ts";

/** AT_SYMLINK_NOFOLLOW: a symbolic link itself is meant. */
const noFollow = 0x100;
/** STATX_BASIC_STATS: what stat(2) has always told. */
const basicFields = 0x7ff;
/** PATH_MAX: no symbolic link is longer. */
const maxTargetBytes = 4096;

/** What the kernel knows about a file, from `struct statx`; times in nanoseconds since 1970. */
export interface FileStatus {
  /** Kind and permissions, as in `fs.constants`. */
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly ino: bigint;
  readonly sizeBytes: bigint;
  /** What it takes on disk: less than its size for a sparse file. */
  readonly allocatedBytes: bigint;
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  /** The device that the file is on. */
  readonly dev: bigint;
  /** The device that the file is, if it is one. */
  readonly rdev: bigint;
}

const calls = natively("openat", (libc) => ({
  statx: libc.func<[number, number, PathLike, number, number, Uint8Array]>(
    "long syscall(long number, int dir, const char *name, int flags, unsigned int mask, void *buffer)",
  ),
  readlinkat: libc.func<[number, PathLike, Uint8Array, number]>(
    "long readlinkat(int dir, const char *name, void *buffer, size_t size)",
  ),
}));

/** Shared, since a call has filled it when it returns. `struct statx` is the same on all architectures. */
const statusBuffer = Buffer.alloc(256);
const targetBuffer = Buffer.alloc(maxTargetBytes);

/** What `name` is; of a symbolic link, itself. */
export function fstatat(dirFd: number, name: PathLike): FileStatus {
  const path = cString(name, "statx");
  if (calls().statx(syscallNumber("statx"), dirFd, path, noFollow, basicFields, statusBuffer) < 0) {
    throw lastError("statx", { path: name.toString() });
  }
  const buffer = statusBuffer;
  return {
    mode: buffer.readUInt16LE(28),
    nlink: buffer.readUInt32LE(16),
    uid: buffer.readUInt32LE(20),
    gid: buffer.readUInt32LE(24),
    ino: buffer.readBigUInt64LE(32),
    sizeBytes: buffer.readBigUInt64LE(40),
    allocatedBytes: buffer.readBigUInt64LE(48) * 512n,
    atimeNs: timeAt(64),
    mtimeNs: timeAt(112),
    ctimeNs: timeAt(96),
    dev: makeDevice(buffer.readUInt32LE(136), buffer.readUInt32LE(140)),
    rdev: makeDevice(buffer.readUInt32LE(128), buffer.readUInt32LE(132)),
  };
}

/** The text of the symbolic link `name`, as UTF-8. */
export function readlinkat(dirFd: number, name: PathLike): string {
  const length = calls().readlinkat(dirFd, cString(name, "readlinkat"), targetBuffer, targetBuffer.length);
  if (length < 0) throw lastError("readlinkat", { path: name.toString() });
  return targetBuffer.toString("utf8", 0, length);
}

function timeAt(offset: number): bigint {
  return statusBuffer.readBigInt64LE(offset) * 1_000_000_000n + BigInt(statusBuffer.readUInt32LE(offset + 8));
}
