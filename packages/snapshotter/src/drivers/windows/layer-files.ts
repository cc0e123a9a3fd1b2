import { chmod, constants, copyFile, lstat, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { OperationError, type Subject } from "@gantry/api";
import { errnoOf } from "../../errno.ts";
import type { WindowsLayerHost } from "./host.ts";
import { layerFailure } from "./layer-error.ts";

/** The directory of files in a base layer, and in every layer that was imported. */
export const filesDirectory = "Files";
/** The disk that takes what is written to a layer on top of others. */
export const scratchDisk = "sandbox.vhdx";
/** The empty disk of a base layer, of which the disks on top of it are copies. */
const blankDisk = "blank.vhdx";

/** Begins the name of a layer that is on its way out. */
const doomedPrefix = "rm-";
/** Begins the name of a directory beside `snapshots` into which a layer is exported. */
const exportPrefix = "export-";

/** The directories `ROOT\snapshots\ID` of the driver for Windows, by the path rules of its host. */
export class LayerFiles {
  readonly #root: string;
  readonly #top: string;
  readonly #host: WindowsLayerHost;
  readonly #subject: Subject;

  /** @param root - absolute path of an existing directory */
  constructor(root: string, host: WindowsLayerHost) {
    this.#root = root;
    this.#top = host.path.join(root, "snapshots");
    this.#host = host;
    this.#subject = { type: "snapshotter", id: root };
  }

  /** The directory of a layer. */
  path(id: number): string {
    return this.#host.path.join(this.#top, `${id}`);
  }

  /** The directory of a layer that is on its way out. */
  doomedPath(id: number): string {
    return this.#host.path.join(this.#top, `${doomedPrefix}${id}`);
  }

  /** The directory into which a layer is exported. */
  exportPath(id: number): string {
    return this.#host.path.join(this.#root, `${exportPrefix}${id}`);
  }

  /** The ids that have a directory, those on their way out too. */
  async list(): Promise<readonly number[]> {
    return this.attempt("cannot be listed", async () => {
      await mkdir(this.#top, { recursive: true });
      const names = await readdir(this.#top);
      const ids = names.flatMap((name) => /^(?:rm-)?([1-9][0-9]*)$/.exec(name)?.[1] ?? []);
      return [...new Set(ids.map(Number))];
    });
  }

  /** Makes the directory of a layer; for nobody but the daemon, where the host has modes. */
  async make(id: number): Promise<void> {
    await this.attempt("cannot be made", () => mkdir(this.path(id), { mode: 0o700 }));
  }

  /** Makes the empty directory of the files of a base layer. */
  async makeFiles(id: number): Promise<void> {
    const path = this.#host.path.join(this.path(id), filesDirectory);
    await this.attempt("cannot be made", async () => {
      await mkdir(path);
      // mkdir(2) takes the umask away. Windows knows no modes.
      await chmod(path, 0o755);
    });
  }

  /** Copies the empty disk of `base` to the layer `id`. Rejects with `data-loss`: there is none. */
  async copyScratch(base: number, id: number): Promise<void> {
    const from = this.#host.path.join(this.path(base), blankDisk);
    const to = this.#host.path.join(this.path(id), scratchDisk);
    await this.attempt("cannot be made", async () => {
      await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE).catch((error: unknown) => {
        throw errnoOf(error) === "ENOENT" ? this.#lost(`${from} is missing`, error) : error;
      });
    });
  }

  /** Has what was written to the disk of a layer reach the disk below it. */
  async syncScratch(id: number): Promise<void> {
    await this.attempt("cannot be synced", async () => {
      const file = await open(this.#host.path.join(this.path(id), scratchDisk), "r+");
      try {
        await file.sync();
      } finally {
        await file.close();
      }
    });
  }

  /** Makes an empty directory to export a layer into. */
  async makeExport(id: number): Promise<string> {
    await this.removeExport(id);
    await this.attempt("cannot be made", () => mkdir(this.exportPath(id), { mode: 0o700 }));
    return this.exportPath(id);
  }

  /** Removes what an export wrote, if there is any. */
  async removeExport(id: number): Promise<void> {
    await this.attempt("cannot be removed", () => rm(this.exportPath(id), { recursive: true, force: true }));
  }

  /** Removes what exports have left that a crash cut off. */
  async removeExports(): Promise<void> {
    await this.attempt("cannot be opened", async () => {
      for (const name of await readdir(this.#root)) {
        if (/^export-[1-9][0-9]*$/.test(name)) {
          await rm(this.#host.path.join(this.#root, name), { recursive: true, force: true });
        }
      }
    });
  }

  /**
   * Takes a layer, if there is one, out of the way. Whoever has a file of it open keeps Windows from renaming it:
   * `failed-precondition`.
   */
  async doom(id: number): Promise<void> {
    try {
      await rename(this.path(id), this.doomedPath(id));
    } catch (error) {
      if (errnoOf(error) === "ENOENT") {
        return;
      }
      const reason = error instanceof Error ? error.message : String(error);
      throw new OperationError("failed-precondition", this.#subject, `is in use: ${reason}`, { cause: error });
    }
  }

  /** Whether there is anything at `path`. */
  async exists(path: string): Promise<boolean> {
    return this.attempt("cannot be read", async () => {
      const stats = await lstat(path).catch((error: unknown) => {
        if (errnoOf(error) === "ENOENT") {
          return null;
        }
        throw error;
      });
      return stats !== null;
    });
  }

  /** Rejects with `data-loss`: the layer, or `part` of it, is not there. */
  async demand(id: number, part = ""): Promise<void> {
    const path = this.#host.path.join(this.path(id), part);
    if (!(await this.exists(path))) {
      throw this.#lost(`${path} is missing`);
    }
  }

  /** Runs work on the host or the file system and turns what it throws into an `OperationError` about this root. */
  async attempt<T>(failed: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw layerFailure(this.#subject, failed, error);
    }
  }

  #lost(detail: string, cause?: unknown): OperationError {
    return new OperationError("data-loss", this.#subject, detail, { cause });
  }
}
