import type { Mount } from "./mount.ts";
import { performMount } from "./mount-call.ts";
import { listMounts, type MountEntry } from "./mount-info.ts";
import { describeMount, type MountTarget } from "./mount-target.ts";
import { SystemError } from "./system-error.ts";

/** What /proc/self/mountinfo calls a dataset that the kernel has mounted, and one that zfs-fuse has. */
const shownTypes: ReadonlySet<string> = new Set(["zfs", "fuse.zfs"]);

/**
 * Shows a dataset of ZFS at `target`: by mount(2) where the kernel knows ZFS, else (ENODEV), as with zfs-fuse, by a bind
 * mount of the place where the dataset is mounted already.
 *
 * @returns the mount as it was performed, which says what there is to adjust
 *
 * Rejects with a `SystemError` ENODEV where the kernel does not know ZFS and the dataset is mounted nowhere.
 */
export async function performZfsMount(mount: Mount, target: MountTarget): Promise<Mount> {
  try {
    await performMount(mount, target);
    return mount;
  } catch (error) {
    if (!(error instanceof SystemError) || error.errno !== "ENODEV") throw error;
    const shown = placeOfDataset(await listMounts(), mount.source);
    if (shown === undefined) {
      throw new SystemError("ENODEV", "mount", {
        path: target.realPath,
        attempt: describeMount(mount, target),
        reason: `the kernel does not know zfs, and ${JSON.stringify(mount.source)} is mounted nowhere`,
        cause: error,
      });
    }
    const bind = { ...mount, type: "bind", source: shown };
    await performMount(bind, target);
    return bind;
  }
}

/** Where all of a dataset is mounted, the oldest such place first, which is its own mount point; undefined: nowhere. */
export function placeOfDataset(mounts: readonly MountEntry[], dataset: string): string | undefined {
  return mounts.find((entry) => shownTypes.has(entry.type) && entry.source === dataset && entry.root === "/")
    ?.mountPoint;
}
