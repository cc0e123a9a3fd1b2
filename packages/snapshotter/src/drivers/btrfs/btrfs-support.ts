import { mkdir, readFile, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { type Mount, OperationError } from "@gantry/api";
import { listMounts, mountAll, unmountAll } from "@gantry/sys";
import { createSubvolume, subvolumeInfo } from "@gantry/sys/btrfs";
import { withDirectory } from "./open-directory.ts";
import { removeSubvolume } from "./remove-subvolume.ts";

/** BTRFS_SUPER_MAGIC of linux/magic.h. */
const btrfsMagic = 0x9123683e;

/**
 * Finds the block device of the btrfs that `root` is on, by mounting a subvolume of it.
 *
 * Rejects with
 * - `unimplemented`: `root` is on another file system, or its subvolumes cannot be made or mounted; the message says why
 */
export async function findBtrfsDevice(root: string): Promise<string> {
  try {
    const { type } = await statfs(root);
    if (type !== btrfsMagic) {
      throw unsupported(root, `the file system is of type 0x${type.toString(16)}`);
    }
    const device = await sourceOf(root);
    await tryMount(root, device);
    return device;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw error instanceof OperationError ? error : unsupported(root, reason, error);
  }
}

/**
 * What shows a subvolume. By its number, so that it is the same whichever subvolume of the file system the root is
 * mounted from (btrfs(5), "subvolid").
 */
export function subvolumeMount(device: string, id: bigint, access: "ro" | "rw"): Mount {
  return { type: "btrfs", source: device, target: "", options: [`subvolid=${id}`, access] };
}

/**
 * The source of the mount that `root` is on. Device numbers do not lead there: each subvolume has one of its own, which
 * /proc/self/mountinfo does not know.
 */
async function sourceOf(root: string): Promise<string> {
  // proc_pid_fdinfo(5).
  const text = await withDirectory(root, ({ fd }) => readFile(`/proc/self/fdinfo/${fd}`, "utf8"));
  const id = Number(/^mnt_id:\s*(\d+)$/m.exec(text)?.[1]);
  const mount = (await listMounts()).find((entry) => entry.id === id);
  if (mount === undefined) {
    throw unsupported(root, "the mount that it is on is not listed");
  }
  return mount.source;
}

async function tryMount(root: string, device: string): Promise<void> {
  const place = join(root, "probe");
  const shown = join(place, "shown");
  // A crash in here leaves the mount, the subvolume and the directories.
  await clear(place, shown);
  try {
    await mkdir(shown, { recursive: true, mode: 0o700 });
    await withDirectory(place, ({ fd }) => createSubvolume(fd, "fs"));
    const { id } = await withDirectory(join(place, "fs"), ({ fd }) => subvolumeInfo(fd));
    await mountAll([subvolumeMount(device, id, "rw")], shown);
  } finally {
    await clear(place, shown);
  }
}

async function clear(place: string, shown: string): Promise<void> {
  await unmountAll(shown);
  await removeSubvolume(place, "fs", () => {});
  await rm(place, { recursive: true, force: true });
}

function unsupported(root: string, reason: string, cause?: unknown): OperationError {
  const detail = `btrfs subvolumes do not work here: ${reason}`;
  return new OperationError("unimplemented", { type: "snapshotter", id: root }, detail, { cause });
}
