import { btrfsIoctl, ioctls } from "./btrfs-ioctl.ts";
import { searchTree } from "./btrfs-search.ts";
import { cString, type PathLike } from "./libc.ts";
import { SystemError } from "./system-error.ts";

/** Number of the inode at the top of every subvolume (BTRFS_FIRST_FREE_OBJECTID). */
export const subvolumeRootInode = 256n;

/** BTRFS_SUBVOL_RDONLY. */
const readonlyFlag = 2n;
/** `struct btrfs_ioctl_vol_args` and `_v2`: the name takes what is behind it. */
const nameOffset = { plain: 8, v2: 56 } as const;
const argumentBytes = 4096;
/** BTRFS_VOL_NAME_MAX. */
const maxNameBytes = 255;

/** The tree of trees, and its items that tell of a subvolume within another (btrfs_tree.h). */
const rootTree = 1n;
const rootReference = 156;
/** `struct btrfs_root_ref`: the inode of the directory, a sequence number, the length of the name; the name follows. */
const referenceName = { directory: 0, length: 16, name: 18 } as const;

/** A subvolume as the file system knows it. */
export interface SubvolumeInfo {
  /** The number by which it is mounted (`subvolid=`) and by which its qgroup is known. */
  readonly id: bigint;
  /** The transaction that made it; of a snapshot, all that is its own is of later ones. */
  readonly createdIn: bigint;
  /** Whether it began as a snapshot of another. */
  readonly isSnapshot: boolean;
}

/** A subvolume that was made in a directory of another. */
export interface NestedSubvolume {
  readonly id: bigint;
  /** Path of the directory from the top of the other; empty for the top itself, else with a slash at its end. */
  readonly directory: Buffer;
  readonly name: Buffer;
}

/**
 * Makes an empty subvolume `name` in the directory `dirFd`; its mode is 0777 without the umask.
 *
 * Rejects with a `SystemError`: EEXIST, ENOSPC, EDQUOT, ENOTTY where that is no btrfs.
 */
export async function createSubvolume(dirFd: number, name: PathLike): Promise<void> {
  await btrfsIoctl(dirFd, ioctls.subvolCreate, { argument: argumentFor(name, "plain"), subject: name.toString() });
}

/**
 * Makes a subvolume `name` in `dirFd` that holds what the subvolume of `sourceFd` holds now, what waits in memory
 * included. The cost does not depend on how much that is.
 *
 * Rejects as {@link createSubvolume} does, and with EXDEV for a source on another file system and EINVAL for one that
 * is no subvolume.
 */
export async function createSubvolumeSnapshot(
  dirFd: number,
  name: PathLike,
  source: { readonly fd: number; readonly readonly: boolean },
): Promise<void> {
  const argument = argumentFor(name, "v2");
  argument.writeBigInt64LE(BigInt(source.fd), 0);
  argument.writeBigUInt64LE(source.readonly ? readonlyFlag : 0n, 16);
  await btrfsIoctl(dirFd, ioctls.snapCreate, { argument, subject: name.toString() });
}

/**
 * Removes the subvolume `name` of the directory `dirFd` with all its files; the space is freed in the background.
 *
 * Rejects with a `SystemError`: ENOENT, ENOTEMPTY while subvolumes are nested in it, EROFS where `dirFd` is in a
 * read-only subvolume, EINVAL for what is no subvolume.
 */
export async function destroySubvolume(dirFd: number, name: PathLike): Promise<void> {
  await btrfsIoctl(dirFd, ioctls.snapDestroy, { argument: argumentFor(name, "plain"), subject: name.toString() });
}

/** Tells of the subvolume that `fd` is in. Needs Linux 4.18. */
export async function subvolumeInfo(fd: number): Promise<SubvolumeInfo> {
  // `struct btrfs_ioctl_get_subvol_info_args`.
  const answer = Buffer.alloc(ioctls.getSubvolInfo.size);
  await btrfsIoctl(fd, ioctls.getSubvolInfo, { argument: answer });
  return {
    id: answer.readBigUInt64LE(0),
    isSnapshot: answer.subarray(312, 328).some((byte) => byte !== 0),
    createdIn: answer.readBigUInt64LE(352),
  };
}

/** Whether the subvolume whose top `fd` is refuses writes. */
export async function isSubvolumeReadonly(fd: number): Promise<boolean> {
  return ((await flagsOf(fd)) & readonlyFlag) !== 0n;
}

/** Lets the subvolume whose top `fd` is refuse writes, or take them. */
export async function setSubvolumeReadonly(fd: number, readonly: boolean): Promise<void> {
  const flags = await flagsOf(fd);
  const argument = Buffer.alloc(8);
  argument.writeBigUInt64LE(readonly ? flags | readonlyFlag : flags & ~readonlyFlag);
  await btrfsIoctl(fd, ioctls.setFlags, { argument });
}

/** Lists the subvolumes that lie directly in the subvolume of `fd`, not those within them. Needs CAP_SYS_ADMIN. */
export async function nestedSubvolumes(fd: number): Promise<readonly NestedSubvolume[]> {
  const { id } = await subvolumeInfo(fd);
  const found: { readonly id: bigint; readonly directory: bigint; readonly name: Buffer }[] = [];
  const range = {
    treeId: rootTree,
    first: { objectId: id, type: rootReference, offset: 0n },
    last: { objectId: id, type: rootReference, offset: 0xffffffffffffffffn },
  };
  await searchTree(fd, range, (key, data) => {
    const end = referenceName.name + data.readUInt16LE(referenceName.length);
    const name = Buffer.from(data.subarray(referenceName.name, end));
    found.push({ id: key.offset, directory: data.readBigUInt64LE(referenceName.directory), name });
  });
  const nested: NestedSubvolume[] = [];
  for (const each of found) nested.push({ ...each, directory: await pathOfDirectory(fd, id, each.directory) });
  return nested;
}

async function pathOfDirectory(fd: number, treeId: bigint, inode: bigint): Promise<Buffer> {
  // `struct btrfs_ioctl_ino_lookup_args`.
  const argument = Buffer.alloc(ioctls.inoLookup.size);
  argument.writeBigUInt64LE(treeId, 0);
  argument.writeBigUInt64LE(inode, 8);
  await btrfsIoctl(fd, ioctls.inoLookup, { argument });
  return Buffer.from(argument.subarray(16, argument.indexOf(0, 16)));
}

async function flagsOf(fd: number): Promise<bigint> {
  const answer = Buffer.alloc(8);
  await btrfsIoctl(fd, ioctls.getFlags, { argument: answer });
  return answer.readBigUInt64LE();
}

function argumentFor(name: PathLike, form: keyof typeof nameOffset): Buffer {
  const bytes = Buffer.from(cString(name, "ioctl"));
  const text = bytes.at(-1) === 0 ? bytes.subarray(0, -1) : bytes;
  if (text.length > maxNameBytes) throw new SystemError("ENAMETOOLONG", "ioctl", { path: name.toString() });
  const argument = Buffer.alloc(argumentBytes);
  text.copy(argument, nameOffset[form]);
  return argument;
}
