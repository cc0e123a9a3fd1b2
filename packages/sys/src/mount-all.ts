import type { IdMap } from "./id-map.ts";
import { requireLinux } from "./libc.ts";
import { mapMount, performMappedOverlay } from "./mapped-mount.ts";
import type { Mount } from "./mount.ts";
import { adjustMount, needsAdjusting, performMount } from "./mount-call.ts";
import { mountFlag, parseMountOptions } from "./mount-options.ts";
import { openMountTarget } from "./mount-target.ts";
import { SystemError } from "./system-error.ts";
import { unmountOne } from "./unmount.ts";
import { performZfsMount } from "./zfs-mount.ts";

/**
 * Performs `mounts` in order, each at its own `target` below the directory (or, for one bind mount, the file) `target`.
 *
 * Nothing is created: every place must exist, if need be because an earlier mount shows it. A mount's own target is
 * found as a process with `target` as its root directory would find it, so that no symbolic link in the tree leads
 * out of it. `ro` is enforced for bind mounts too, and with `rbind` for all that is mounted below.
 *
 * A dataset of ZFS is shown by a bind mount of its mount point where the kernel itself does not know ZFS (zfs-fuse).
 *
 * If it rejects, what was mounted by this call is unmounted again; a remount stays. With more layers than mount(2) has
 * room for, an overlay is mounted layer by layer, which needs Linux 6.5; no options are ever cut off.
 *
 * @param options - `signal`: asked between two mounts; a single mount cannot be interrupted. `idMap`: the owners that
 * the mounts show, and write, in place of those that are stored; the file systems below keep what they have. That needs
 * Linux 5.12, for an overlay 5.19, and a file system that has it (ext4, xfs, btrfs, tmpfs from 6.3 on; EINVAL otherwise).
 *
 * Rejects with
 * - a `SystemError`: its `syscall` says what failed, `path` where, `cleanup` holds what failed while unmounting
 * - Node's own error for a `target` that cannot be opened
 * - the signal's reason
 */
export async function mountAll(
  mounts: readonly Mount[],
  target: string,
  options: { readonly signal?: AbortSignal | undefined; readonly idMap?: IdMap | undefined } = {},
): Promise<void> {
  requireLinux("mount");
  const done: string[] = [];
  try {
    for (const mount of mounts) {
      options.signal?.throwIfAborted();
      await mountOne(mount, { root: target, done, idMap: options.idMap });
    }
  } catch (error) {
    throw withCleanup(error, await undo(done));
  }
}

interface Mounting {
  readonly root: string;
  /** Receives the place of a mount as soon as there is something to undo. */
  readonly done: string[];
  readonly idMap: IdMap | undefined;
}

async function mountOne(mount: Mount, { root, done, idMap }: Mounting): Promise<void> {
  let performed = mount;
  const isRemount = (parseMountOptions(mount).flags & mountFlag.remount) !== 0;
  {
    using place = openMountTarget(root, mount.target);
    if (mount.type === "zfs") performed = await performZfsMount(mount, place);
    else if (mount.type === "overlay" && idMap !== undefined && !isRemount)
      await performMappedOverlay(mount, place, idMap);
    else await performMount(mount, place);
    if (!isRemount) done.push(place.realPath);
  }
  if (needsAdjusting(performed)) {
    using place = openMountTarget(root, mount.target);
    await adjustMount(performed, place);
  }
  if (idMap !== undefined && mount.type !== "overlay" && !isRemount) await mapMount(performed, root, idMap);
}

async function undo(done: readonly string[]): Promise<readonly unknown[]> {
  const failures: unknown[] = [];
  for (const path of done.toReversed()) await unmountOne(path).catch((error: unknown) => failures.push(error));
  return failures;
}

function withCleanup(error: unknown, cleanup: readonly unknown[]): unknown {
  if (cleanup.length === 0) return error;
  if (error instanceof SystemError) return error.withCleanup(cleanup);
  return new AggregateError([error, ...cleanup], error instanceof Error ? error.message : String(error));
}
