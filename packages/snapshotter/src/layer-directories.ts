import { type BigIntStats, fsync as beginFsync, chmodSync, closeSync, lstatSync, mkdirSync, openSync } from "node:fs";
import { type FileHandle, mkdir, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { OperationError, type SnapshotUsage } from "@gantry/api";
import { syncfs } from "@gantry/sys/at";
import { SharedRun } from "@gantry/sys/sync";
import type { FaultHook } from "./driver.ts";
import { fileError } from "./file-error.ts";
import { TreeWorker } from "./tree/tree-worker.ts";

const fsync = promisify(beginFsync);

/** Mode of the root directory of a fresh tree, which every process in a container must be able to pass. */
const freshTreeMode = 0o755;

/** How a driver that keeps directories is told to keep them. */
export interface DirectoryOptions {
  /** Whether a power cut may lose what was acknowledged, for speed. Default: false. */
  readonly unsynced?: boolean;
}

/**
 * The directories `ROOT/snapshots/ID/...` of a driver. Names are short: an overlay lists the path of every layer in its
 * options, which have limited room.
 *
 * Single names are made and looked at on the event loop's own thread: that takes microseconds, and handing each to
 * another thread takes many times that. What reads or writes the disk, or whole trees, goes elsewhere.
 */
export class LayerDirectories {
  readonly trees = new TreeWorker();
  readonly unsynced: boolean;
  readonly #root: string;
  readonly #top: string;
  #opened: Promise<FileHandle> | undefined;
  /** Each serves all who asked before it began. */
  readonly #syncOfNames = new SharedRun(async () => (await this.#open()).sync());
  readonly #syncOfFiles = new SharedRun(async () => syncfs((await this.#open()).fd));

  /** @param root - absolute path of an existing directory */
  constructor(root: string, options: DirectoryOptions) {
    this.#root = root;
    this.#top = join(root, "snapshots");
    this.unsynced = options.unsynced === true;
  }

  /** Where `part` of the layer `id` is. */
  path(id: number, part: string): string {
    return join(this.#top, `${id}`, part);
  }

  /** The path of the layer itself. */
  #directory(id: number): string {
    return join(this.#top, `${id}`);
  }

  /** Makes the directory of a layer, and `parts` in it with mode 0755. */
  async make(id: number, parts: readonly string[], fault: FaultHook): Promise<void> {
    await this.attempt("cannot be made", async () => {
      mkdirSync(this.#directory(id), { mode: 0o700 });
      fault("layer.mkdir");
      for (const part of parts) {
        mkdirSync(this.path(id, part));
        // mkdir(2) takes the umask away.
        chmodSync(this.path(id, part), freshTreeMode);
        fault(`layer.mkdir.${part}`);
      }
    });
  }

  /** Brings the names that `make` made to the disk. */
  async sync(id: number): Promise<void> {
    if (!this.unsynced) {
      await this.attempt("cannot be synced", async () => {
        await Promise.all([syncDirectory(this.#directory(id)), this.#syncOfNames.run()]);
      });
    }
  }

  /**
   * Brings all files of all layers to the disk (syncfs(2)): one call for trees of any number of files, at the price of
   * what others have written to the same file system. Rejects also if a write has failed in the background before.
   */
  async syncFiles(): Promise<void> {
    if (!this.unsynced) {
      await this.attempt("cannot be synced", () => this.#syncOfFiles.run());
    }
  }

  /** What the files in `part` of the layer take, counted in another thread. Rejects with `data-loss` as `demand` does. */
  async measure(id: number, part: string, signal?: AbortSignal): Promise<SnapshotUsage> {
    await this.demand(id, part);
    return this.attempt("cannot be measured", () => this.trees.measure(this.path(id, part), signal));
  }

  /** The ids that have a directory. */
  async list(): Promise<readonly number[]> {
    return this.attempt("cannot be listed", async () => {
      await mkdir(this.#top, { recursive: true, mode: 0o700 });
      const names = await readdir(this.#top);
      return names.filter((name) => /^[1-9][0-9]*$/.test(name)).map(Number);
    });
  }

  /** Removes the directory of a layer, if there is one. */
  async remove(id: number, fault: FaultHook): Promise<void> {
    fault("layer.remove.begun");
    await this.attempt("cannot be removed", () => this.trees.remove(this.#directory(id)));
    fault("layer.remove.done");
  }

  /** Ends what is under way in trees, and lets the directory go. */
  async close(): Promise<void> {
    await this.trees.close();
    const opened = await this.#opened;
    this.#opened = undefined;
    await opened?.close();
  }

  /** Rejects with `data-loss`: `part` of the layer is not there, or is no directory. */
  async demand(id: number, part: string): Promise<BigIntStats> {
    const path = this.path(id, part);
    const stats = await this.attempt("cannot be read", async () => {
      return lstatSync(path, { bigint: true, throwIfNoEntry: false });
    });
    if (stats === undefined) {
      throw this.#lost(`${path} is missing`);
    }
    if (!stats.isDirectory()) {
      throw this.#lost(`${path} is no directory`);
    }
    return stats;
  }

  /** Kept open, so that a failed write is reported whenever it happened. */
  #open(): Promise<FileHandle> {
    this.#opened ??= open(this.#top, "r").catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  #lost(detail: string): OperationError {
    return new OperationError("data-loss", { type: "snapshotter", id: this.#root }, detail);
  }

  /** Runs work on the file system and turns what it throws into an `OperationError` about this root. */
  async attempt<T>(failed: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw fileError({ type: "snapshotter", id: this.#root }, failed, error);
    }
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = openSync(path, "r");
  try {
    await fsync(directory);
  } finally {
    closeSync(directory);
  }
}
