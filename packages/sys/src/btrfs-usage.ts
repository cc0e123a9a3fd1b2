import { lastKey, searchTree } from "./btrfs-search.ts";
import { SystemError } from "./system-error.ts";

/** Types of items (btrfs_tree.h). */
const itemType = { inode: 1, extentData: 108, qgroupStatus: 240, qgroupInfo: 242 } as const;
const quotaTree = 8n;

/** Flags of `struct btrfs_qgroup_status_item`: counting goes on; the counts are not (yet) right. */
const qgroupFlag = { on: 1n, rescan: 2n, inconsistent: 4n } as const;
/** `struct btrfs_qgroup_info_item`. */
const qgroupInfo = { referenced: 8, exclusive: 24 } as const;
const qgroupStatusFlags = 16;

/** `struct btrfs_inode_item`: the transaction that last changed it. */
const inodeTransaction = 8;
/** `struct btrfs_file_extent_item`; an inline one holds the data from `inlineData` on. */
const extent = { generation: 0, type: 20, inlineData: 21, diskBytes: 21, numBytes: 45 } as const;
const inlineExtent = 0;

/** What a subvolume has been given since a transaction. */
export interface SubvolumeChanges {
  /** Bytes of file content that space is allocated for, before compression. */
  readonly sizeBytes: bigint;
  /** Inodes made or changed. */
  readonly inodes: bigint;
}

/** What quota groups count, in bytes, metadata included and after compression. */
export interface QgroupUsage {
  /** All that the subvolume can reach. */
  readonly referencedBytes: bigint;
  /** What would be freed with it. */
  readonly exclusiveBytes: bigint;
}

/**
 * Adds up what was written into the subvolume of `fd` after the transaction `after`; what a later transaction has not
 * yet brought to the disk (syncfs(2)) may be missing. It reads the changed leaves of the tree, not the whole. What is in
 * nested subvolumes is not counted. Needs CAP_SYS_ADMIN.
 */
export async function subvolumeChanges(
  fd: number,
  after: bigint,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<SubvolumeChanges> {
  let sizeBytes = 0n;
  let inodes = 0n;
  const first = { objectId: 0n, type: 0, offset: 0n };
  const range = { treeId: 0n, first, last: lastKey, minTransaction: after + 1n, signal: options.signal };
  await searchTree(fd, range, ({ type }, data) => {
    if (type === itemType.inode && data.readBigUInt64LE(inodeTransaction) > after) inodes += 1n;
    if (type === itemType.extentData && data.readBigUInt64LE(extent.generation) > after) {
      sizeBytes += allocatedBy(data);
    }
  });
  return { sizeBytes, inodes };
}

function allocatedBy(item: Buffer): bigint {
  if (item.readUInt8(extent.type) === inlineExtent) return BigInt(item.length - extent.inlineData);
  // A hole has no place on the disk.
  return item.readBigUInt64LE(extent.diskBytes) === 0n ? 0n : item.readBigUInt64LE(extent.numBytes);
}

/**
 * What the quota group of the subvolume `subvolumeId` counts as of the last transaction on the disk, or undefined where
 * quotas are not enabled on the file system of `fd`, or their counts are not right. Needs CAP_SYS_ADMIN.
 */
export async function qgroupUsage(fd: number, subvolumeId: bigint): Promise<QgroupUsage | undefined> {
  const status = await quotaItem(fd, itemType.qgroupStatus, 0n);
  const flags = status?.readBigUInt64LE(qgroupStatusFlags) ?? 0n;
  if ((flags & (qgroupFlag.on | qgroupFlag.rescan | qgroupFlag.inconsistent)) !== qgroupFlag.on) return undefined;
  // The level of a group is in the upper 16 bits of its number; that of a subvolume has level 0.
  const info = await quotaItem(fd, itemType.qgroupInfo, subvolumeId);
  if (info === undefined) return undefined;
  return {
    referencedBytes: info.readBigUInt64LE(qgroupInfo.referenced),
    exclusiveBytes: info.readBigUInt64LE(qgroupInfo.exclusive),
  };
}

async function quotaItem(fd: number, type: number, offset: bigint): Promise<Buffer | undefined> {
  let found: Buffer | undefined;
  const key = { objectId: 0n, type, offset };
  try {
    await searchTree(fd, { treeId: quotaTree, first: key, last: key }, (_, data) => {
      found = Buffer.from(data);
    });
  } catch (error) {
    // The tree is there only while quotas are enabled.
    if (!(error instanceof SystemError && error.errno === "ENOENT")) throw error;
  }
  return found;
}
