import { constants } from "node:fs";
import { chmod, type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { OperationError, type Subject } from "@gantry/api";
import { parseDigest } from "../digest.ts";
import { errnoOf, fileError } from "../file-error.ts";

const algorithms = ["sha256", "sha512"] as const;
/** Blobs never change: not even a bug of ours shall open one for writing without saying so. */
const blobMode = 0o444;

/**
 * The files of a content store below its root: `blobs/ALGORITHM/HEX` and `ingest/ID/data`. Nothing in a path comes from
 * a caller: a digest is checked before it becomes one, a ref never does.
 */
export class BlobFiles {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** Makes what is missing of the layout. Idempotent. */
  async prepare(): Promise<void> {
    const directories = ["", "blobs", ...algorithms.map((algorithm) => join("blobs", algorithm)), "ingest"];
    for (const directory of directories) {
      const path = join(this.#root, directory);
      try {
        await mkdir(path, { recursive: true, mode: 0o700 });
        await chmod(path, 0o700);
      } catch (error) {
        throw fileError(error, { type: "content", id: path }, "cannot make the directory of the content store");
      }
    }
  }

  /** Where an ingest's bytes are. */
  ingestData(id: bigint): string {
    return join(this.#root, "ingest", String(id), "data");
  }

  /** Opens an ingest's bytes for writing at any place, made where they are missing. */
  async openIngest(id: bigint): Promise<FileHandle> {
    try {
      await mkdir(join(this.#root, "ingest", String(id)), { recursive: true, mode: 0o700 });
      return await open(this.ingestData(id), constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
    } catch (error) {
      throw fileError(error, { type: "ingest", id: String(id) }, "cannot open its file");
    }
  }

  /** How many bytes an ingest has, and since when. None if it has no file yet. */
  async ingestProgress(id: bigint): Promise<{ readonly sizeBytes: bigint; readonly writtenAt: Date | null }> {
    try {
      const { size, mtime } = await stat(this.ingestData(id), { bigint: true });
      return { sizeBytes: size, writtenAt: mtime };
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return { sizeBytes: 0n, writtenAt: null };
      throw fileError(error, { type: "ingest", id: String(id) }, "cannot look at its file");
    }
  }

  /** Removes what an ingest has on the disk. Idempotent. */
  async removeIngest(id: bigint): Promise<void> {
    await rm(join(this.#root, "ingest", String(id)), { recursive: true, force: true });
  }

  /**
   * Makes a blob of an ingest's file, so that after a power cut it is there whole or not at all: the bytes reach the
   * disk before the name does, and the name does before this resolves (fsync(2): a directory's entry is a matter of
   * the directory's own fsync). An existing blob of that digest is replaced by the same bytes.
   */
  async publish(id: bigint, data: FileHandle, digest: string): Promise<void> {
    try {
      await data.chmod(blobMode);
      await data.sync();
      await rename(this.ingestData(id), this.#blob(digest));
      await this.#syncBlobDirectory(digest);
    } catch (error) {
      throw fileError(error, { type: "content", id: digest }, "cannot put the blob in its place");
    }
  }

  /** Undoes {@link publish}. */
  async unpublish(id: bigint, digest: string): Promise<void> {
    await rename(this.#blob(digest), this.ingestData(id));
    await chmod(this.ingestData(id), 0o600);
  }

  /** Opens a blob for reading, or returns `undefined` where the file is missing. */
  async openBlob(digest: string): Promise<FileHandle | undefined> {
    try {
      return await open(this.#blob(digest), constants.O_RDONLY | constants.O_NOFOLLOW);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return undefined;
      throw fileError(error, { type: "content", id: digest }, "cannot open the blob");
    }
  }

  async removeBlob(digest: string): Promise<void> {
    await rm(this.#blob(digest), { force: true });
  }

  /** Removes every file that a crash left: blobs and ingests of which `isKnown...` knows nothing. */
  async sweep(isKnownBlob: (digest: string) => boolean, isKnownIngest: (id: string) => boolean): Promise<void> {
    for (const algorithm of algorithms) {
      for (const name of await readdir(join(this.#root, "blobs", algorithm))) {
        if (isKnownBlob(`${algorithm}:${name}`)) continue;
        await rm(join(this.#root, "blobs", algorithm, name), { recursive: true, force: true });
      }
    }
    for (const name of await readdir(join(this.#root, "ingest"))) {
      if (!isKnownIngest(name)) await rm(join(this.#root, "ingest", name), { recursive: true, force: true });
    }
  }

  #blob(digest: string): string {
    const { algorithm, hex } = parseDigest(digest);
    return join(this.#root, "blobs", algorithm, hex);
  }

  async #syncBlobDirectory(digest: string): Promise<void> {
    const directory = await open(join(this.#root, "blobs", parseDigest(digest).algorithm), constants.O_RDONLY);
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }
}

/** The error for something whose record is there and whose bytes are not. */
export function lostBytes(subject: Subject, detail: string): OperationError {
  return new OperationError("data-loss", subject, detail);
}
