import { SystemError } from "./system-error.ts";

/**
 * System calls that not every C library in use has a function for (mknodat came with glibc 2.33, statx is missing in
 * older musl, the mount calls of Linux 5.2 came with glibc 2.36), so they are made by number through syscall(2).
 *
 * Calls added since Linux 5.1 have one number on all architectures; for older ones arm64 has the generic table and x64
 * a table of its own (arch/x86/entry/syscalls/syscall_64.tbl).
 */
const everywhere = {
  pidfd_send_signal: 424,
  open_tree: 428,
  move_mount: 429,
  fsopen: 430,
  fsconfig: 431,
  fsmount: 432,
  pidfd_open: 434,
  close_range: 436,
  openat2: 437,
  mount_setattr: 442,
} as const;

const byArchitecture: ReadonlyMap<string, { readonly mknodat: number; readonly statx: number }> = new Map([
  ["x64", { mknodat: 259, statx: 332 }],
  ["arm64", { mknodat: 33, statx: 291 }],
]);

export type SyscallName = keyof typeof everywhere | "mknodat" | "statx";

/** The number of a system call on this machine; throws ENOSYS for an architecture whose table is not known here. */
export function syscallNumber(name: SyscallName): number {
  if (name !== "mknodat" && name !== "statx") return everywhere[name];
  const numbers = byArchitecture.get(process.arch);
  if (numbers === undefined) {
    throw new SystemError("ENOSYS", name, { reason: `unimplemented on ${process.arch}, needs x64 or arm64` });
  }
  return numbers[name];
}
