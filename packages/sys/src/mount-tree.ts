import { lastErrno, lastError, natively } from "./libc.ts";
import { atEmptyPath, atRecursive } from "./mount-attributes.ts";
import type { MountTarget } from "./mount-target.ts";
import { syscallNumber } from "./syscall-numbers.ts";
import { SystemError } from "./system-error.ts";

/** OPEN_TREE_CLONE and OPEN_TREE_CLOEXEC of open_tree(2). */
const cloneFlags = 0x1 | 0o2000000;
/** MOUNT_ATTR_IDMAP of mount_setattr(2). */
const idMapped = 0x100000n;
/** MOVE_MOUNT_F_EMPTY_PATH and MOVE_MOUNT_T_EMPTY_PATH: both places are given by descriptors alone. */
const moveByDescriptors = 0x4 | 0x40;

const calls = natively("open_tree", (libc) => ({
  open_tree: libc.func<[number, number, string, number]>(
    "long syscall(long number, int dir, const char *path, unsigned int flags)",
  ),
  mount_setattr: libc.func<[number, number, string, number, Uint8Array, number]>(
    "long syscall(long number, int dir, const char *path, unsigned int flags, void *attributes, size_t size)",
  ),
  move_mount: libc.func<[number, number, string, number, string, number]>(
    "long syscall(long number, int from, const char *fromPath, int to, const char *toPath, unsigned int flags)",
  ),
}));

/**
 * Makes a mount of its own of what is at an open place (open_tree(2)), which is not to be seen anywhere yet, and returns
 * its descriptor: closing that without {@link moveMount} ends the mount.
 *
 * @param options - `recursive`: with all that is mounted below
 *
 * Throws ENOSYS before Linux 5.2.
 */
export function cloneTree(place: MountTarget, options: { readonly recursive: boolean }): number {
  const flags = cloneFlags | atEmptyPath | (options.recursive ? atRecursive : 0);
  const fd = calls().open_tree(syscallNumber("open_tree"), place.fd, "", flags);
  if (fd < 0) throw lastError("open_tree", { path: place.realPath });
  return fd;
}

/**
 * Has a mount that nobody has seen yet show its files with the owners that a user namespace has for those that are
 * stored (mount_setattr(2), MOUNT_ATTR_IDMAP). What the namespace has no id for is shown as the overflow id.
 *
 * @param tree - as {@link cloneTree} returned it
 * @param userNamespace - descriptor of the namespace, which stays open
 * @param place - where the files come from, for the message
 *
 * Throws EINVAL where the file system has no such mounts (overlay, most network file systems), EPERM where its owners
 * are translated already, and ENOSYS before Linux 5.12.
 */
export function mapOwners(tree: number, userNamespace: number, place: string): void {
  const attributes = Buffer.alloc(32);
  attributes.writeBigUInt64LE(idMapped, 0);
  attributes.writeBigUInt64LE(BigInt(userNamespace), 24);
  const scope = atEmptyPath | atRecursive;
  if (calls().mount_setattr(syscallNumber("mount_setattr"), tree, "", scope, attributes, attributes.length) < 0) {
    const attempt = `show ${JSON.stringify(place)} with other owners`;
    const errno = lastErrno();
    const cannot = { path: place, attempt, reason: "the file system there cannot show them" };
    throw new SystemError(errno, "mount_setattr", errno === "EINVAL" ? cannot : { path: place, attempt });
  }
}

/**
 * Puts a mount that is known by its descriptor at an open place (move_mount(2)).
 *
 * @returns the system call's own answer, so that a caller may tell more of a failure
 */
export function moveMount(tree: number, target: MountTarget): number {
  return calls().move_mount(syscallNumber("move_mount"), tree, "", target.fd, "", moveByDescriptors);
}
