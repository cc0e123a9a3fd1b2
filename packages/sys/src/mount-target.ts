import { closeSync, openSync, readlinkSync } from "node:fs";
import type { Mount } from "./mount.ts";
import { openat2, openFlag, resolveFlag } from "./open-at.ts";

/** A place in the file tree, held open so that renames cannot exchange it between a check and the mount. */
export interface MountTarget {
  readonly fd: number;
  /** A path that leads to exactly the held place, whatever its name is by now. */
  readonly path: string;
  /** The place's name, free of symbolic links, at the time it was opened. */
  readonly realPath: string;
  [Symbol.dispose](): void;
}

/**
 * Opens the place `subPath` below `root`, as a process whose root directory is `root` would find it: neither `..` nor
 * a symbolic link leads out. What is mounted at the place is entered, so the newest mount there is what is held.
 */
export function openMountTarget(root: string, subPath: string): MountTarget {
  const rootFd = openSync(root, openFlag.path);
  if (subPath === "") return heldPlace(rootFd);
  try {
    return heldPlace(openat2(rootFd, subPath, { flags: openFlag.path, resolve: resolveFlag.inRoot }));
  } finally {
    closeSync(rootFd);
  }
}

/** How messages name a mount at a place. */
export function describeMount(mount: Mount, target: MountTarget): string {
  const what = mount.type === "bind" || mount.type === "rbind" ? `bind of ${JSON.stringify(mount.source)}` : mount.type;
  return `mount ${what} on ${JSON.stringify(target.realPath)}`;
}

function heldPlace(fd: number): MountTarget {
  const path = `/proc/self/fd/${fd}`;
  return { fd, path, realPath: readlinkSync(path), [Symbol.dispose]: () => closeSync(fd) };
}
