import { requireLinux } from "./libc.ts";
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
 * @param options - `signal`: asked between two mounts; a single mount cannot be interrupted
 *
 * Rejects with
 * - a `SystemError`: its `syscall` says what failed, `path` where, `cleanup` holds what failed while unmounting
 * - Node's own error for a `target` that cannot be opened
 * - the signal's reason
 */
export async function mountAll(
  mounts: readonly Mount[],
  target: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  requireLinux("mount");
  const done: string[] = [];
  try {
    for (const mount of mounts) {
      options.signal?.throwIfAborted();
      await mountOne(mount, target, done);
    }
  } catch (error) {
    throw withCleanup(error, await undo(done));
  }
}

/** @param done - receives the place of the mount as soon as there is something to undo */
async function mountOne(mount: Mount, root: string, done: string[]): Promise<void> {
  let performed = mount;
  {
    using place = openMountTarget(root, mount.target);
    if (mount.type === "zfs") performed = await performZfsMount(mount, place);
    else await performMount(mount, place);
    if (!(parseMountOptions(mount).flags & mountFlag.remount)) done.push(place.realPath);
  }
  if (!needsAdjusting(performed)) return;
  using place = openMountTarget(root, mount.target);
  await adjustMount(performed, place);
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
