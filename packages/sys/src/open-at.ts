/* The calls here mirror their system calls one to one, four parameters included; at-names.ts says why. */
import { cString, lastError, type NativeFunction, natively, type PathLike } from "./libc.ts";
import { syscallNumber } from "./syscall-numbers.ts";

/** Open flags that node:fs has no constant for, with their values on every Linux architecture in use. */
export const openFlag = {
  /** Only a handle on the place: no permission on the file itself is needed, nothing is read, no device is opened. */
  path: 0o10000000,
  closeOnExec: 0o2000000,
} as const;

/** How openat2(2) walks a path; flags to be combined. */
export const resolveFlag = {
  /** Stay on the mount that the walk starts on. */
  noXdev: 0x01,
  /** Do not follow the links of /proc that jump to anywhere. */
  noMagicLinks: 0x02,
  /** Do not follow any symbolic link, not even in the middle of the path. */
  noSymlinks: 0x04,
  /** Fail with EXDEV where the path would leave the directory. */
  beneath: 0x08,
  /** Treat the directory as `/`: what would leave it stays at its top, absolute links start there. */
  inRoot: 0x10,
} as const;

const calls = natively("openat", (libc) => ({
  openat: libc.func<[number, PathLike, number, number]>(
    "int openat(int dir, const char *path, int flags, uint32_t mode)",
  ),
  openat2: libc.func<[number, number, PathLike, Uint8Array, number]>(
    "long syscall(long number, int dir, const char *path, void *how, size_t size)",
  ),
}));

/** `struct open_how`: flags, mode and resolve, 64 bits each. Shared, since a call reads it before it returns. */
const openHow = Buffer.alloc(24);

/**
 * Opens `path` relative to the directory `dirFd` and returns a descriptor, which is always close-on-exec.
 *
 * @param flags - as in `fs.constants`; a final symbolic link is followed unless O_NOFOLLOW is among them
 * @param mode - permissions of a file that O_CREAT makes, before the umask
 */
export function openat(dirFd: number, path: PathLike, flags: number, mode = 0): number {
  const fd = calls().openat(dirFd, cString(path, "openat"), flags | openFlag.closeOnExec, mode);
  if (fd < 0) throw lastError("openat", { path: path.toString() });
  return fd;
}

/**
 * Opens `path` relative to `dirFd` under the restrictions of {@link resolveFlag}, in one step that nobody renaming
 * directories meanwhile can trick.
 *
 * Throws ENOSYS before Linux 5.6, EXDEV where `beneath` is violated, ELOOP where `noSymlinks` is, and EAGAIN when a
 * rename raced with a `..` in the path: the call may be repeated.
 */
export function openat2(
  dirFd: number,
  path: PathLike,
  how: { readonly flags: number; readonly mode?: number; readonly resolve: number },
): number {
  openHow.writeBigUInt64LE(BigInt(how.flags | openFlag.closeOnExec), 0);
  openHow.writeBigUInt64LE(BigInt(how.mode ?? 0), 8);
  openHow.writeBigUInt64LE(BigInt(how.resolve), 16);
  const call: NativeFunction<[number, number, PathLike, Uint8Array, number]> = calls().openat2;
  const fd = call(syscallNumber("openat2"), dirFd, cString(path, "openat2"), openHow, openHow.length);
  if (fd < 0) throw lastError("openat2", { path: path.toString() });
  return fd;
}
