import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { blockingCall } from "./blocking-call.ts";
import { cString, natively, type PathLike, requireLinux } from "./libc.ts";
import { listMounts } from "./mount-info.ts";
import { SystemError } from "./system-error.ts";

/** MNT_DETACH: the mount is gone from the tree at once, and for good when its last user leaves. */
const detach = 2;
/** UMOUNT_NOFOLLOW: a symbolic link in the place of the mount point is not followed. */
const noFollow = 8;

/**
 * How long a busy mount is given before it is detached: what keeps it is mostly a process that is just ending, or a
 * file watcher or indexer that looks at every new mount for a moment.
 */
const busyDelaysMs = [1, 5, 20, 50] as const;

const calls = natively("umount", (libc) => ({
  umount2: libc.func<[PathLike, number]>("int umount2(const char *path, int flags)"),
}));

/**
 * Removes everything that is mounted at or below `target`, the deepest first, however often a place was mounted over.
 *
 * That nothing is mounted there, or `target` does not exist, is success, so it may be called again after a crash. A
 * symbolic link at `target` itself is not followed. What stays busy for about a tenth of a second is detached
 * (MNT_DETACH): it leaves the tree, and its users keep it until they close it.
 *
 * Rejects with the `SystemError` of the first mount that could not be removed even so; the others are removed.
 */
export async function unmountAll(target: string): Promise<void> {
  requireLinux("umount");
  const place = await placeOf(target);
  if (place === undefined) return;
  for (let before = Number.POSITIVE_INFINITY; ; ) {
    const mounts = await listMounts(place);
    if (mounts.length === 0) return;
    const failures = await unmountNewestFirst(mounts.map((entry) => entry.mountPoint));
    // Another pass serves what was hidden under another mount, or was mounted meanwhile; it must get us further.
    if (mounts.length >= before) throw failures[0] ?? new SystemError("EINVAL", "umount", { path: place });
    before = mounts.length;
  }
}

/**
 * Removes the newest mount at `path`; busy ones as {@link unmountAll} does. That nothing is mounted there is success.
 */
export async function unmountOne(path: string): Promise<void> {
  for (const delayMs of busyDelaysMs) {
    const outcome = await tryUnmount(path, noFollow);
    if (outcome === undefined) return;
    if (outcome.errno !== "EBUSY") throw outcome;
    await delay(delayMs);
  }
  await detachMount(path);
}

/** Takes the newest mount at `path` out of the tree at once, with all that is mounted on it, whoever uses it still. */
export async function detachMount(path: string): Promise<void> {
  const outcome = await tryUnmount(path, noFollow | detach);
  if (outcome !== undefined) throw outcome;
}

async function unmountNewestFirst(mountPoints: readonly string[]): Promise<readonly unknown[]> {
  const failures: unknown[] = [];
  // Newest first is also deepest first, and takes what covers a place away before what it covers.
  for (const mountPoint of mountPoints.toReversed()) {
    await unmountOne(mountPoint).catch((error: unknown) => failures.push(error));
  }
  return failures;
}

async function tryUnmount(path: string, flags: number): Promise<SystemError | undefined> {
  try {
    await blockingCall(calls().umount2, [cString(path, "umount"), flags], { syscall: "umount", path });
    return undefined;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    // umount(2) answers EINVAL for a place that nothing is mounted on.
    return error.errno === "ENOENT" || error.errno === "EINVAL" ? undefined : error;
  }
}

/** Where `target` is as mountinfo would write it, with only its last component taken as it is. */
async function placeOf(target: string): Promise<string | undefined> {
  try {
    const parent = await realpath(dirname(target));
    return join(parent, basename(target));
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))
      return undefined;
    throw error;
  }
}
