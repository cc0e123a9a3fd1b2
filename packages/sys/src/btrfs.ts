// Subvolumes of btrfs, by the ioctls of linux/btrfs.h.
export {
  createSubvolume,
  createSubvolumeSnapshot,
  destroySubvolume,
  isSubvolumeReadonly,
  type NestedSubvolume,
  nestedSubvolumes,
  type SubvolumeInfo,
  setSubvolumeReadonly,
  subvolumeInfo,
  subvolumeRootInode,
} from "./btrfs-subvolume.ts";
export { type QgroupUsage, qgroupUsage, type SubvolumeChanges, subvolumeChanges } from "./btrfs-usage.ts";
