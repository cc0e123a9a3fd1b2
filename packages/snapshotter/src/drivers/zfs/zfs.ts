import { chmod, mkdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Mount, SnapshotterCapabilities, SnapshotUsage } from "@gantry/api";
import type { DriverCall, Layer, SnapshotDriver } from "../../driver.ts";
import type { DirectoryOptions } from "../../layer-directories.ts";
import { TreeWorker } from "../../tree/tree-worker.ts";
import { ownChildren, refuseForeignChildren, takenByOther } from "./base-children.ts";
import { findBaseDataset } from "./base-dataset.ts";
import { removeMountPoint } from "./mount-point.ts";
import { propertyValue, type ZfsProperty } from "./properties.ts";
import { whileBusy } from "./retry.ts";
import { syncTree } from "./sync-tree.ts";
import { type ZfsCommands, type ZfsProperties, zfsCommands } from "./zfs-commands.ts";
import { attemptZfs, failedAs, unlessFailedAs } from "./zfs-error.ts";

/** Mode of the root directory of a fresh tree, which every process in a container must be able to pass. */
const freshTreeMode = 0o755;

/** Set to have the transaction group written; its value says nothing. */
const measuredProperty = "gantry:measured";

/** How the zfs driver is opened. */
export interface ZfsOptions extends DirectoryOptions {
  /** Name of an existing dataset. Default: the one that is mounted at the root. */
  readonly dataset?: string | undefined;
  /** Default: those of this machine. */
  readonly commands?: ZfsCommands;
}

/**
 * Opens a driver that keeps each snapshot in a dataset `BASE/ID`, made as a clone of its parent's `@committed`, which
 * costs the same whatever the parent's size and depth. Datasets are mounted at `ROOT/snapshots/ID` when they are first
 * shown, and stay so.
 *
 * @param root - absolute path of an existing directory
 *
 * Rejects with
 * - `unimplemented`: there is no ZFS on this host, or no dataset is named and none is mounted at `root`
 * - `failed-precondition`: the dataset named does not exist, holds no files, or holds snapshots of another root
 * - `invalid-argument`: `dataset` cannot be the name of one
 */
export async function openZfsDriver(root: string, options: ZfsOptions = {}): Promise<SnapshotDriver> {
  const zfs = options.commands ?? zfsCommands();
  const base = await findBaseDataset(zfs, root, options.dataset);
  // ZFS and the kernel's list of mounts know places by names that are free of symbolic links.
  const place = join(await realpath(root), "snapshots");
  await attemptZfs({ type: "snapshotter", id: root }, "cannot be opened", () =>
    refuseForeignChildren(zfs, root, { base, place }),
  );
  await mkdir(place, { recursive: true, mode: 0o700 });
  return new ZfsDriver({ zfs, root, base, place, unsynced: options.unsynced === true });
}

interface Parts {
  readonly zfs: ZfsCommands;
  readonly root: string;
  readonly base: string;
  readonly place: string;
  readonly unsynced: boolean;
}

class ZfsDriver implements SnapshotDriver {
  readonly capabilities: SnapshotterCapabilities = { copyOnWrite: true };
  readonly #parts: Parts;
  readonly #trees = new TreeWorker();
  /** Ids of this root whose datasets another root turned out to have made: numbers are never given out twice here. */
  readonly #foreign = new Set<number>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async make(layer: Layer, call: DriverCall): Promise<void> {
    const [parent] = layer.ancestors;
    await this.#attempt("cannot be made", async () => {
      const properties = {
        mountpoint: this.#path(layer.id),
        // Nothing mounts it at boot, when a root that comes later would cover it.
        canmount: "noauto",
        ...(layer.readonly ? { readonly: "on" } : {}),
      };
      await this.#begin(layer, properties, call);
      call.signal?.throwIfAborted();
      await this.#mounted(await this.#state([layer.id]), layer.id, call);
      if (parent === undefined && !layer.readonly) {
        await this.#openToAll(this.#path(layer.id));
      }
    });
  }

  async mounts(layer: Layer): Promise<readonly Mount[]> {
    await this.#attempt("cannot be shown", async () => this.#mounted(await this.#state([layer.id]), layer.id));
    const access = layer.readonly ? "ro" : "rw";
    return [{ type: "zfs", source: this.#dataset(layer.id), target: "", options: [access] }];
  }

  async seal(layer: Layer, call: DriverCall): Promise<SnapshotUsage> {
    return this.#attempt("cannot be sealed", async () => {
      await this.#flush(layer.id, call);
      const snapshot = this.#committed(layer.id);
      try {
        await this.#step(call, "snapshot", () => this.#parts.zfs.snapshot(snapshot));
      } catch (error) {
        if (!failedAs(error, "exists")) {
          throw error;
        }
        // Of a commit that failed afterwards: nobody knew the name, so nothing was made on top of it.
        await this.#destroy(snapshot, call);
        await this.#step(call, "snapshot", () => this.#parts.zfs.snapshot(snapshot));
      }
      // A snapshot is made at the end of a transaction group, so all that was written is counted by now.
      return this.#measure(layer, call);
    });
  }

  /**
   * Bytes are those of the dataset that its parent does not share, metadata included and as compressed as they are on
   * the disk (`usedbydataset` of zfs(8)); a rewritten file counts, a removed one does not. Inodes are by how many files
   * and directories the tree exceeds its parent's, each once however many names it has, and none where it has fewer.
   * Both trees are walked for that: what the file system counts as objects (statfs(2)) includes some of ZFS's own. What
   * is written into the parent's dataset after its commit, which no child shows, is taken away here too.
   *
   * ZFS counts bytes when it writes a transaction group, so this waits for one.
   */
  async usage(layer: Layer, call: DriverCall): Promise<SnapshotUsage> {
    return this.#attempt("cannot be measured", async () => {
      if (!layer.readonly) {
        await this.#flush(layer.id, call);
        await this.#step(call, "set", () => this.#parts.zfs.set(this.#dataset(layer.id), measuredProperty, "yes"));
      }
      return this.#measure(layer, call);
    });
  }

  async remove(id: number, call: DriverCall): Promise<void> {
    if (this.#foreign.has(id)) {
      return;
    }
    await this.#attempt("cannot be removed", async () => {
      const dataset = this.#dataset(id);
      await this.#step(call, "unmount", () =>
        unlessFailedAs(["missing", "not-mounted"], () => whileBusy(() => this.#parts.zfs.unmount(dataset))),
      );
      // Before the dataset, by which alone this is found again after a crash.
      call.fault("zfs.mountpoint");
      await removeMountPoint(this.#path(id));
      await this.#destroy(this.#committed(id), call);
      await this.#destroy(dataset, call);
    });
  }

  /** The highest first: a clone goes before what it was made of. */
  async list(): Promise<readonly number[]> {
    return this.#attempt("cannot be listed", () => ownChildren(this.#parts.zfs, this.#parts));
  }

  close(): Promise<void> {
    return this.#trees.close();
  }

  async #begin({ id, ancestors }: Layer, properties: ZfsProperties, call: DriverCall): Promise<void> {
    const { root, zfs } = this.#parts;
    const [parent] = ancestors;
    const dataset = this.#dataset(id);
    try {
      if (parent === undefined) {
        await this.#step(call, "create", () => zfs.create(dataset, properties));
      } else {
        await this.#step(call, "clone", () => zfs.clone(this.#committed(parent), dataset, properties));
      }
    } catch (error) {
      if (!failedAs(error, "exists")) {
        throw error;
      }
      this.#foreign.add(id);
      throw takenByOther(root, dataset, error);
    }
  }

  #path(id: number): string {
    return join(this.#parts.place, `${id}`);
  }

  #dataset(id: number): string {
    return `${this.#parts.base}/${id}`;
  }

  #committed(id: number): string {
    return `${this.#dataset(id)}@committed`;
  }

  #state(ids: readonly number[]): Promise<readonly ZfsProperty[]> {
    const datasets = ids.map((id) => this.#dataset(id));
    return this.#parts.zfs.get(datasets, ["mounted", "usedbydataset"]);
  }

  /** Mounts a dataset unless its state says that it is: zfs-fuse mounts some clones by itself, and none after a boot. */
  async #mounted(state: readonly ZfsProperty[], id: number, call?: DriverCall): Promise<void> {
    const dataset = this.#dataset(id);
    if (propertyValue(state, dataset, "mounted") === "yes") {
      return;
    }
    // Calls for children of one parent overlap, so that another may have come first.
    await this.#step(call, "mount", () =>
      unlessFailedAs(["mounted"], () => whileBusy(() => this.#parts.zfs.mount(dataset))),
    );
  }

  async #openToAll(path: string): Promise<void> {
    if (((await stat(path)).mode & 0o7777) !== freshTreeMode) {
      await chmod(path, freshTreeMode);
      await this.#sync(path);
    }
  }

  async #measure(layer: Layer, call: DriverCall): Promise<SnapshotUsage> {
    const [parent] = layer.ancestors;
    const state = await this.#state([layer.id, ...(parent === undefined ? [] : [parent])]);
    const sizeBytes = BigInt(propertyValue(state, this.#dataset(layer.id), "usedbydataset") ?? 0);
    if (layer.readonly) {
      return { sizeBytes, inodes: parent === undefined ? 1n : 0n };
    }
    const own = await this.#inodes(state, layer.id, call);
    const shared = parent === undefined ? 0n : await this.#inodes(state, parent, call);
    return { sizeBytes, inodes: own > shared ? own - shared : 0n };
  }

  async #inodes(state: readonly ZfsProperty[], id: number, call: DriverCall): Promise<bigint> {
    await this.#mounted(state, id, call);
    return (await this.#trees.measure(this.#path(id), call.signal)).inodes;
  }

  /** Has the kernel hand over what it keeps in its own cache, such as pages of files mapped into memory. */
  async #flush(id: number, call: DriverCall): Promise<void> {
    await this.#mounted(await this.#state([id]), id, call);
    await this.#sync(this.#path(id));
    call.fault("zfs.flushed");
    call.signal?.throwIfAborted();
  }

  async #sync(path: string): Promise<void> {
    // Elsewhere there is no syncfs(2), and ZFS writes what it has with each transaction group.
    if (!this.#parts.unsynced && process.platform === "linux") {
      await syncTree(path);
    }
  }

  #destroy(name: string, call: DriverCall): Promise<void> {
    return this.#step(call, "destroy", () =>
      unlessFailedAs(["missing"], () => whileBusy(() => this.#parts.zfs.destroy(name))),
    );
  }

  /** Runs one command between two points where a crash may part it from others. */
  async #step(call: DriverCall | undefined, name: string, command: () => Promise<void>): Promise<void> {
    call?.fault(`zfs.${name}`);
    await command();
    call?.fault(`zfs.${name}.done`);
  }

  #attempt<T>(failed: string, work: () => Promise<T>): Promise<T> {
    return attemptZfs({ type: "snapshotter", id: this.#parts.root }, failed, work);
  }
}
