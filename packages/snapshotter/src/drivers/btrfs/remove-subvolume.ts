import { closeSync, constants } from "node:fs";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { openat2, resolveFlag } from "@gantry/sys/at";
import {
  destroySubvolume,
  isSubvolumeReadonly,
  nestedSubvolumes,
  setSubvolumeReadonly,
  subvolumeRootInode,
} from "@gantry/sys/btrfs";
import type { FaultHook } from "../../driver.ts";
import { errnoOf } from "../../errno.ts";
import { withDirectory } from "./open-directory.ts";

/**
 * Removes the subvolume `name` of `directory`, and before it those that were made in it, at any depth. That there is
 * none is success, and so is a plain directory in its place, which is left to whoever removes the rest.
 *
 * Rejects with Node's errors and `SystemError`s.
 */
export async function removeSubvolume(directory: string, name: string, fault: FaultHook): Promise<void> {
  const stats = await lstat(join(directory, name), { bigint: true }).catch((error: unknown) => {
    if (errnoOf(error) === "ENOENT") {
      return undefined;
    }
    throw error;
  });
  if (stats === undefined || !stats.isDirectory() || stats.ino !== subvolumeRootInode) {
    return;
  }
  await withDirectory(join(directory, name), (subvolume) => removeNested(subvolume.fd, fault));
  fault("subvolume.destroy");
  await withDirectory(directory, ({ fd }) => destroySubvolume(fd, name));
  fault("subvolume.destroyed");
}

/** Recursion is as deep as subvolumes are nested, and each level is a descriptor: what a container may make is few. */
async function removeNested(fd: number, fault: FaultHook): Promise<void> {
  const nested = await nestedSubvolumes(fd);
  if (nested.length > 0 && (await isSubvolumeReadonly(fd))) {
    await setSubvolumeReadonly(fd, false);
  }
  for (const { directory, name } of nested) {
    await within(fd, directory, async (holder) => {
      await within(holder, name, (inner) => removeNested(inner, fault));
      fault("subvolume.nested.destroy");
      await destroySubvolume(holder, name);
      fault("subvolume.nested.destroyed");
    });
  }
}

/** Opens a directory below `fd` by a walk that no symbolic link leads elsewhere; the container may be running still. */
async function within(fd: number, path: Buffer, work: (fd: number) => Promise<void>): Promise<void> {
  const opened = openat2(fd, path.length === 0 ? "." : path, {
    flags: constants.O_RDONLY | constants.O_DIRECTORY,
    resolve: resolveFlag.beneath | resolveFlag.noSymlinks | resolveFlag.noXdev,
  });
  try {
    await work(opened);
  } finally {
    closeSync(opened);
  }
}
