import { blockingCall } from "./blocking-call.ts";
import { natively } from "./libc.ts";
import { SystemError } from "./system-error.ts";

/** BTRFS_IOCTL_MAGIC of linux/btrfs.h: the type of every ioctl of btrfs. */
const btrfsType = 0x94;

/** Which way the argument goes, from the point of view of the program (asm-generic/ioctl.h). */
const direction = { write: 1, read: 2, both: 3 } as const;

/** What an ioctl is called, its number within btrfs, and the size in bytes of the argument that its number names. */
interface IoctlShape {
  readonly name: string;
  readonly direction: keyof typeof direction;
  readonly nr: number;
  readonly size: number;
}

/** The ioctls of linux/btrfs.h in use here. */
export const ioctls = {
  subvolCreate: { name: "BTRFS_IOC_SUBVOL_CREATE", direction: "write", nr: 14, size: 4096 },
  snapDestroy: { name: "BTRFS_IOC_SNAP_DESTROY", direction: "write", nr: 15, size: 4096 },
  // The size counts the fixed part only; the room for results follows it.
  treeSearch: { name: "BTRFS_IOC_TREE_SEARCH_V2", direction: "both", nr: 17, size: 112 },
  inoLookup: { name: "BTRFS_IOC_INO_LOOKUP", direction: "both", nr: 18, size: 4096 },
  snapCreate: { name: "BTRFS_IOC_SNAP_CREATE_V2", direction: "write", nr: 23, size: 4096 },
  getFlags: { name: "BTRFS_IOC_SUBVOL_GETFLAGS", direction: "read", nr: 25, size: 8 },
  setFlags: { name: "BTRFS_IOC_SUBVOL_SETFLAGS", direction: "write", nr: 26, size: 8 },
  getSubvolInfo: { name: "BTRFS_IOC_GET_SUBVOL_INFO", direction: "read", nr: 60, size: 504 },
} as const satisfies Record<string, IoctlShape>;

const calls = natively("ioctl", (libc) => ({
  ioctl: libc.func<[number, number, Uint8Array]>("int ioctl(int fd, unsigned long request, void *argument)"),
}));

/**
 * Performs an ioctl on a thread of the pool, since each may wait for the disk.
 *
 * Rejects with a `SystemError` whose `syscall` is the name of the ioctl; ENOTTY says that `fd` is not on a btrfs.
 *
 * @param call - `argument`: at least `shape.size` bytes, what the kernel answers is in it afterwards; `subject`: the
 *   name that the call is about, for the message
 */
export async function btrfsIoctl(
  fd: number,
  shape: IoctlShape,
  call: { readonly argument: Uint8Array; readonly subject?: string },
): Promise<number> {
  const { argument, subject } = call;
  const failure = { syscall: shape.name, ...(subject === undefined ? {} : { path: subject }) };
  return blockingCall(calls().ioctl, [fd, requestNumber(shape), argument], failure);
}

/** Puts a number together as `_IOC` does; the field for the direction begins elsewhere on PowerPC and MIPS. */
export function requestNumber(shape: IoctlShape): number {
  if (!["x64", "arm64"].includes(process.arch)) {
    throw new SystemError("ENOSYS", shape.name, { reason: `unimplemented on ${process.arch}, needs x64 or arm64` });
  }
  // Not by shifts, whose results are signed numbers of 32 bits.
  return direction[shape.direction] * 2 ** 30 + shape.size * 2 ** 16 + btrfsType * 2 ** 8 + shape.nr;
}
