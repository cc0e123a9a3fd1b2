import type { SnapshotUsage } from "@gantry/api";
import { walkTree } from "./walk-tree.ts";

/** st_blocks counts these, whatever the block size of the file system is (inode(7)). */
const blockBytes = 512n;

/**
 * Adds up what the tree at `root`, itself included, takes on the disk.
 *
 * @param proceed - asked at each file; throws to stop the work
 */
export function measureTree(root: Buffer, proceed: () => void): SnapshotUsage {
  const severalNames = new Set<bigint>();
  let blocks = 0n;
  let inodes = 0n;
  for (const { step, stats } of walkTree(root)) {
    proceed();
    if (step === "leave" || severalNames.has(stats.ino)) {
      continue;
    }
    if (stats.nlink > 1n && !stats.isDirectory()) {
      severalNames.add(stats.ino);
    }
    blocks += stats.blocks;
    inodes += 1n;
  }
  return { sizeBytes: blocks * blockBytes, inodes };
}
