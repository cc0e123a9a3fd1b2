import { btrfsIoctl, ioctls } from "./btrfs-ioctl.ts";

/** Place of an item in a tree of btrfs; items are ordered by the three numbers, in this order. */
export interface ItemKey {
  readonly objectId: bigint;
  readonly type: number;
  readonly offset: bigint;
}

/** What is sought in a tree, both ends included. */
export interface TreeRange {
  /** 0 is the subvolume of the descriptor. */
  readonly treeId: bigint;
  readonly first: ItemKey;
  readonly last: ItemKey;
  /** Leaves last written before this transaction are left out, whole; default: 0. */
  readonly minTransaction?: bigint;
  /** Asked between two calls to the kernel. */
  readonly signal?: AbortSignal | undefined;
}

/** `struct btrfs_ioctl_search_key`, and behind it the size of the buffer, as TREE_SEARCH_V2 wants them. */
const fixedBytes = 112;
const bufferSizeOffset = 104;
const itemCountOffset = 64;
/** `struct btrfs_ioctl_search_header`. */
const headerBytes = 32;
/** More than the largest item, which is less than the largest node (BTRFS_MAX_METADATA_BLOCKSIZE). */
const bufferBytes = 65536;
const maxU64 = 0xffffffffffffffffn;

/** Beyond every key. */
export const lastKey: ItemKey = { objectId: maxU64, type: 255, offset: maxU64 };

/**
 * Shows the items of a range in the order of their keys, as the transaction that is open has them. Needs
 * CAP_SYS_ADMIN.
 *
 * Rejects with a `SystemError` (ENOENT: there is no such tree), or with the reason of the signal.
 *
 * @param visit - is given views into a buffer that is used again
 */
export async function searchTree(
  fd: number,
  range: TreeRange,
  visit: (key: ItemKey, data: Buffer) => void,
): Promise<void> {
  const argument = Buffer.alloc(fixedBytes + bufferBytes);
  for (let from: ItemKey | undefined = range.first; from !== undefined; ) {
    range.signal?.throwIfAborted();
    writeKey(argument, range, from);
    await btrfsIoctl(fd, ioctls.treeSearch, { argument });
    const reached = visitItems(argument, visit);
    from = reached === undefined ? undefined : keyAfter(reached);
  }
}

function writeKey(argument: Buffer, range: TreeRange, from: ItemKey): void {
  const { last } = range;
  const numbers = [range.treeId, from.objectId, last.objectId, from.offset, last.offset, range.minTransaction ?? 0n];
  [...numbers, maxU64].forEach((value, index) => {
    argument.writeBigUInt64LE(value, 8 * index);
  });
  argument.writeUInt32LE(from.type, 56);
  argument.writeUInt32LE(last.type, 60);
  argument.writeUInt32LE(0xffffffff, itemCountOffset);
  argument.writeBigUInt64LE(BigInt(bufferBytes), bufferSizeOffset);
}

/** Returns the key of the last item, or undefined when there was none: then the range is done. */
function visitItems(argument: Buffer, visit: (key: ItemKey, data: Buffer) => void): ItemKey | undefined {
  let reached: ItemKey | undefined;
  let at = fixedBytes;
  for (let left = argument.readUInt32LE(itemCountOffset); left > 0; left -= 1) {
    reached = {
      objectId: argument.readBigUInt64LE(at + 8),
      offset: argument.readBigUInt64LE(at + 16),
      type: argument.readUInt32LE(at + 24),
    };
    const end = at + headerBytes + argument.readUInt32LE(at + 28);
    visit(reached, argument.subarray(at + headerBytes, end));
    at = end;
  }
  return reached;
}

function keyAfter({ objectId, type, offset }: ItemKey): ItemKey | undefined {
  if (offset < maxU64) return { objectId, type, offset: offset + 1n };
  if (type < 255) return { objectId, type: type + 1, offset: 0n };
  return objectId < maxU64 ? { objectId: objectId + 1n, type: 0, offset: 0n } : undefined;
}
