import { type Mount, OperationError, type SnapshotterCapabilities, type SnapshotUsage } from "@gantry/api";
import {
  createSubvolume,
  createSubvolumeSnapshot,
  nestedSubvolumes,
  qgroupUsage,
  setSubvolumeReadonly,
  subvolumeChanges,
  subvolumeInfo,
  subvolumeRootInode,
} from "@gantry/sys/btrfs";
import type { DriverCall, Layer, SnapshotDriver } from "../../driver.ts";
import { type DirectoryOptions, LayerDirectories } from "../../layer-directories.ts";
import { findBtrfsDevice, subvolumeMount } from "./btrfs-support.ts";
import { withDirectory } from "./open-directory.ts";
import { removeSubvolume } from "./remove-subvolume.ts";

/** Mode of the root directory of a fresh tree, which every process in a container must be able to pass. */
const freshTreeMode = 0o755;

/**
 * Opens a driver that keeps each snapshot in a subvolume of btrfs, made as a snapshot of its parent's, which costs the
 * same whatever the parent's size and depth.
 *
 * @param root - absolute path of an existing directory on a btrfs; needs the rights to mount and CAP_SYS_ADMIN
 *
 * Rejects with
 * - `unimplemented`: `root` is on another file system, or its subvolumes cannot be mounted; the message says why
 */
export async function openBtrfsDriver(root: string, options: DirectoryOptions = {}): Promise<SnapshotDriver> {
  return new BtrfsDriver(root, await findBtrfsDevice(root), options);
}

class BtrfsDriver implements SnapshotDriver {
  readonly capabilities: SnapshotterCapabilities = { copyOnWrite: true };
  readonly #root: string;
  readonly #device: string;
  readonly #directories: LayerDirectories;

  constructor(root: string, device: string, options: DirectoryOptions) {
    this.#root = root;
    this.#device = device;
    this.#directories = new LayerDirectories(root, options);
  }

  async make(layer: Layer, call: DriverCall): Promise<void> {
    const [parent] = layer.ancestors;
    if (parent !== undefined) {
      await this.#demand(parent);
    }
    await this.#directories.make(layer.id, [], call.fault);
    call.signal?.throwIfAborted();
    await this.#directories.attempt("cannot be made", () =>
      parent === undefined ? this.#makeFresh(layer, call) : this.#makeSnapshot(layer, parent, call),
    );
    await this.#directories.sync(layer.id);
    call.fault("layer.synced");
  }

  async mounts(layer: Layer): Promise<readonly Mount[]> {
    const path = await this.#demand(layer.id);
    const { id } = await this.#directories.attempt("cannot be read", () =>
      withDirectory(path, ({ fd }) => subvolumeInfo(fd)),
    );
    return [subvolumeMount(this.#device, id, layer.readonly ? "ro" : "rw")];
  }

  /**
   * Rejects with
   * - `failed-precondition`: subvolumes were made in it. A snapshot does not take them over, so children would miss
   *   their files without a word; everything stays as it is
   */
  async seal(layer: Layer, call: DriverCall): Promise<SnapshotUsage> {
    await this.#refuseNested(layer.id);
    // Measuring syncs before it counts.
    const usage = await this.usage(layer, call);
    call.fault("layer.sealed");
    return usage;
  }

  /**
   * Counts what was written since the snapshot was made of its parent. Inodes are those made or changed. Bytes are what
   * the snapshot's quota group has for itself where quotas are enabled (metadata included, compressed as on the disk),
   * else what the content of files takes, uncompressed. Subvolumes nested in it are not counted.
   *
   * Only what a transaction has brought to the disk can be counted, so everything is synced first, and an `unsynced`
   * driver may count less than there is.
   */
  async usage(layer: Layer, call: DriverCall): Promise<SnapshotUsage> {
    const path = await this.#demand(layer.id);
    if (layer.readonly) {
      return { sizeBytes: 0n, inodes: layer.ancestors.length === 0 ? 1n : 0n };
    }
    if (!this.#directories.unsynced) {
      await this.#directories.syncFiles();
      call.fault("layer.files.synced");
    }
    call.signal?.throwIfAborted();
    return this.#directories.attempt("cannot be measured", () => measure(path, call.signal));
  }

  async remove(id: number, call: DriverCall): Promise<void> {
    await this.#directories.attempt("cannot be removed", () =>
      removeSubvolume(this.#directories.path(id, ""), "fs", call.fault),
    );
    await this.#directories.remove(id, call.fault);
  }

  list(): Promise<readonly number[]> {
    return this.#directories.list();
  }

  close(): Promise<void> {
    return this.#directories.close();
  }

  async #makeFresh(layer: Layer, call: DriverCall): Promise<void> {
    call.fault("subvolume.create");
    await withDirectory(this.#directories.path(layer.id, ""), ({ fd }) => createSubvolume(fd, "fs"));
    call.fault("subvolume.created");
    await withDirectory(this.#directories.path(layer.id, "fs"), async (subvolume) => {
      // The ioctl takes the umask away, as mkdir(2) does.
      await subvolume.chmod(freshTreeMode);
      call.fault("subvolume.mode");
      if (!this.#directories.unsynced) {
        await subvolume.sync();
        call.fault("subvolume.synced");
      }
      if (layer.readonly) {
        await setSubvolumeReadonly(subvolume.fd, true);
        call.fault("subvolume.readonly");
      }
    });
  }

  async #makeSnapshot(layer: Layer, parent: number, call: DriverCall): Promise<void> {
    call.fault("subvolume.snapshot");
    await withDirectory(this.#directories.path(parent, "fs"), (source) =>
      withDirectory(this.#directories.path(layer.id, ""), ({ fd }) =>
        createSubvolumeSnapshot(fd, "fs", { fd: source.fd, readonly: layer.readonly }),
      ),
    );
    call.fault("subvolume.snapshotted");
  }

  async #refuseNested(id: number): Promise<void> {
    const path = await this.#demand(id);
    const nested = await this.#directories.attempt("cannot be searched for subvolumes", () =>
      withDirectory(path, ({ fd }) => nestedSubvolumes(fd)),
    );
    if (nested.length > 0) {
      const paths = nested.map(({ directory, name }) => Buffer.concat([directory, name]).toString()).toSorted();
      throw new OperationError("failed-precondition", { type: "snapshotter", id: this.#root }, nestedDetail(paths));
    }
  }

  /** Gives the path of a layer's subvolume. Rejects with `data-loss`: it is missing, or a copy took its place. */
  async #demand(id: number): Promise<string> {
    const { ino } = await this.#directories.demand(id, "fs");
    const path = this.#directories.path(id, "fs");
    if (ino !== subvolumeRootInode) {
      throw new OperationError("data-loss", { type: "snapshotter", id: this.#root }, `${path} is no subvolume`);
    }
    return path;
  }
}

/** Names a few, so that a message stays one. */
function nestedDetail(paths: readonly string[]): string {
  const shown = paths.slice(0, 3).map((path) => JSON.stringify(`/${path}`));
  const more = paths.length > shown.length ? ` and ${paths.length - shown.length} more` : "";
  return `subvolumes were made in it, whose files its children would miss: ${shown.join(", ")}${more}; make them directories`;
}

async function measure(path: string, signal: AbortSignal | undefined): Promise<SnapshotUsage> {
  return withDirectory(path, async ({ fd }) => {
    const { id, createdIn, isSnapshot } = await subvolumeInfo(fd);
    // Into a fresh subvolume the transaction that made it may have written files too; a snapshot is made at its end.
    const { sizeBytes, inodes } = await subvolumeChanges(fd, isSnapshot ? createdIn : 0n, { signal });
    const qgroup = await qgroupUsage(fd, id);
    return { sizeBytes: qgroup?.exclusiveBytes ?? sizeBytes, inodes };
  });
}
