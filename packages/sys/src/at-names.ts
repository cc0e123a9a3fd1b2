/*
 * Calls that make, move and remove names relative to an open directory. They mirror their system calls one to one, two
 * pairs of directory and name included, which is why some take four parameters: they run in a loop over every file of
 * a layer, and whoever reads such a loop knows these names.
 */
import { cString, lastError, natively, type PathLike } from "./libc.ts";
import { syscallNumber } from "./syscall-numbers.ts";
import { SystemError } from "./system-error.ts";

/** AT_REMOVEDIR of unlinkat(2). */
const removeDirectory = 0x200;

type TwoNames = [number, PathLike, number, PathLike];

const calls = natively("openat", (libc) => ({
  mkdirat: libc.func<[number, PathLike, number]>("int mkdirat(int dir, const char *name, uint32_t mode)"),
  symlinkat: libc.func<[PathLike, number, PathLike]>("int symlinkat(const char *target, int dir, const char *name)"),
  linkat: libc.func<[...TwoNames, number]>(
    "int linkat(int oldDir, const char *oldName, int newDir, const char *newName, int flags)",
  ),
  renameat: libc.func<TwoNames>("int renameat(int oldDir, const char *oldName, int newDir, const char *newName)"),
  unlinkat: libc.func<[number, PathLike, number]>("int unlinkat(int dir, const char *name, int flags)"),
  mknodat: libc.func<[number, number, PathLike, number, number]>(
    "long syscall(long number, int dir, const char *name, uint32_t mode, uint32_t device)",
  ),
}));

/** @param mode - permissions, before the umask */
export function mkdirat(dirFd: number, name: PathLike, mode: number): void {
  if (calls().mkdirat(dirFd, cString(name, "mkdirat"), mode) < 0) throw failed("mkdirat", name);
}

/** Makes the symbolic link `name`; `target` is its text and need not exist. */
export function symlinkat(target: PathLike, dirFd: number, name: PathLike): void {
  const result = calls().symlinkat(cString(target, "symlinkat"), dirFd, cString(name, "symlinkat"));
  if (result < 0) throw failed("symlinkat", name);
}

/** Gives a file a second name. A symbolic link is linked itself, not what it points to. */
export function linkat(oldDirFd: number, oldName: PathLike, newDirFd: number, newName: PathLike): void {
  const result = calls().linkat(oldDirFd, cString(oldName, "linkat"), newDirFd, cString(newName, "linkat"), 0);
  if (result < 0) throw failed("linkat", newName);
}

/** Moves a name, over another one if that exists. */
export function renameat(oldDirFd: number, oldName: PathLike, newDirFd: number, newName: PathLike): void {
  const result = calls().renameat(oldDirFd, cString(oldName, "renameat"), newDirFd, cString(newName, "renameat"));
  if (result < 0) throw failed("renameat", oldName);
}

/** Removes the name of anything but a directory. */
export function unlinkat(dirFd: number, name: PathLike): void {
  if (calls().unlinkat(dirFd, cString(name, "unlinkat"), 0) < 0) throw failed("unlinkat", name);
}

/** Removes an empty directory. */
export function rmdirat(dirFd: number, name: PathLike): void {
  if (calls().unlinkat(dirFd, cString(name, "unlinkat"), removeDirectory) < 0) throw failed("unlinkat", name);
}

/**
 * Makes a device, a FIFO, a socket or an empty regular file.
 *
 * @param mode - the kind (`fs.constants.S_IFCHR` ...) and the permissions, before the umask
 * @param device - from `makeDevice`; only devices have one
 */
export function mknodat(dirFd: number, name: PathLike, mode: number, device = 0n): void {
  if (device > 0xffffffffn) {
    throw new SystemError("EINVAL", "mknodat", { path: name.toString(), reason: `no such device number: ${device}` });
  }
  const result = calls().mknodat(syscallNumber("mknodat"), dirFd, cString(name, "mknodat"), mode, Number(device));
  if (result < 0) throw failed("mknodat", name);
}

function failed(syscall: string, name: PathLike): SystemError {
  return lastError(syscall, { path: name.toString() });
}
