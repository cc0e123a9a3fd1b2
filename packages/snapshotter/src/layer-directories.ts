import type { BigIntStats } from "node:fs";
import { chmod, lstat, mkdir, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { OperationError } from "@gantry/api";
import { SharedRun } from "@gantry/sys/sync";
import type { FaultHook } from "./driver.ts";
import { errnoOf } from "./errno.ts";
import { fileError } from "./file-error.ts";
import { TreeWorker } from "./tree/tree-worker.ts";

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
 */
export class LayerDirectories {
  readonly trees = new TreeWorker();
  readonly unsynced: boolean;
  readonly #root: string;
  readonly #top: string;
  /** One sync serves all layers that were made before it began. */
  readonly #syncOfTop = new SharedRun(() => syncDirectory(this.#top));

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
      await mkdir(this.#directory(id), { mode: 0o700 });
      fault("layer.mkdir");
      for (const part of parts) {
        await mkdir(this.path(id, part));
        // mkdir(2) takes the umask away.
        await chmod(this.path(id, part), freshTreeMode);
        fault(`layer.mkdir.${part}`);
      }
    });
  }

  /** Brings the names that `make` made to the disk. */
  async sync(id: number): Promise<void> {
    if (!this.unsynced) {
      await this.attempt("cannot be synced", async () => {
        await syncDirectory(this.#directory(id));
        await this.#syncOfTop.run();
      });
    }
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

  /** Rejects with `data-loss`: `part` of the layer is not there, or is no directory. */
  async demand(id: number, part: string): Promise<BigIntStats> {
    const path = this.path(id, part);
    const stats = await this.attempt("cannot be read", () => lstat(path, { bigint: true })).catch((error: unknown) => {
      const missing = error instanceof OperationError && errnoOf(error.cause) === "ENOENT";
      throw missing ? this.#lost(`${path} is missing`, error) : error;
    });
    if (!stats.isDirectory()) {
      throw this.#lost(`${path} is no directory`, undefined);
    }
    return stats;
  }

  #lost(detail: string, cause: unknown): OperationError {
    return new OperationError("data-loss", { type: "snapshotter", id: this.#root }, detail, { cause });
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
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
