import type { FileHandle } from "node:fs/promises";
import { type CallOptions, checkLabels, isOperationError, OperationError, type Subject } from "@gantry/api";
import type { ContentCommitOptions, ContentInfo, ContentWriter, IngestInfo } from "@gantry/api/content";
import { type DigestAlgorithm, parseDigest } from "../digest.ts";
import { fileError } from "../file-error.ts";
import type { HashThreads } from "../hashing/hash-threads.ts";
import { RunningHash } from "../hashing/running-hash.ts";
import type { IngestRecord } from "./content-records.ts";
import { KeyedQueue } from "./keyed-queue.ts";

/** What the bytes of an ingest turned out to be. */
export interface VerifiedBlob {
  readonly digest: string;
  readonly sizeBytes: bigint;
  readonly labels: ReadonlyMap<string, string>;
}

/** What a writer needs of the store it belongs to. */
export interface WriterHost {
  readonly threads: HashThreads;
  /** Path of the ingest's file, for the thread that hashes it. */
  readonly dataPath: string;
  info(): Promise<IngestInfo>;
  /** Makes a blob of the ingest; the ingest is over when it resolves, and when it rejects with `already-exists`. */
  commit(data: FileHandle, blob: VerifiedBlob): Promise<ContentInfo>;
  /** Gives the ref up. */
  released(): void;
}

/** The writer of one ingest. Its calls run one after another in the order they were made. */
export class IngestWriter implements ContentWriter {
  readonly #host: WriterHost;
  readonly #data: FileHandle;
  readonly #subject: Subject;
  readonly #calls = new KeyedQueue();
  readonly #hash: RunningHash;
  /** How many bytes the file has. */
  #offset: bigint;
  /** How many bytes `#hash` is of, or -1n when it must begin anew. */
  #hashed: bigint;
  #open = true;

  /** @param offset - how many bytes `data` has; they are hashed when there is a use for it */
  constructor(host: WriterHost, record: IngestRecord, data: FileHandle, offset: bigint) {
    this.#host = host;
    this.#data = data;
    this.#offset = offset;
    this.#hashed = offset === 0n ? 0n : -1n;
    this.#subject = { type: "ingest", id: record.ref };
    const algorithm = record.expectedDigest === null ? "sha256" : parseDigest(record.expectedDigest).algorithm;
    this.#hash = new RunningHash(host.threads, algorithm, host.dataPath);
  }

  status(): Promise<IngestInfo> {
    return this.#inTurn(() => this.#host.info());
  }

  write(data: Uint8Array, options?: CallOptions): Promise<void> {
    return this.#inTurn(async () => {
      options?.signal?.throwIfAborted();
      await this.#bringHashUpToDate();
      await this.#append(data);
      await this.#hash.add(data);
      this.#hashed = this.#offset;
    });
  }

  truncate(sizeBytes: bigint): Promise<void> {
    return this.#inTurn(async () => {
      if (sizeBytes < 0n || sizeBytes > this.#offset) {
        throw new OperationError(
          "out-of-range",
          this.#subject,
          `has ${this.#offset} bytes, cannot be cut at ${sizeBytes}`,
        );
      }
      await this.#cut(sizeBytes);
    });
  }

  commit(options: ContentCommitOptions = {}): Promise<ContentInfo> {
    return this.#inTurn(async () => {
      const blob = await this.#verify(options);
      options.signal?.throwIfAborted();
      try {
        const info = await this.#host.commit(this.#data, blob);
        await this.#end();
        return info;
      } catch (error) {
        if (isOperationError(error, "already-exists")) await this.#end();
        throw error;
      }
    });
  }

  close(): Promise<void> {
    return this.#calls.run("", () => this.#end());
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#calls.run("", () => {
      if (!this.#open) throw new OperationError("failed-precondition", this.#subject, "its writer is closed");
      return work();
    });
  }

  async #end(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    this.#hash.close();
    await this.#data.close();
    this.#host.released();
  }

  async #append(data: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < data.length; ) {
        const position = Number(this.#offset) + done;
        const { bytesWritten } = await this.#data.write(data, done, data.length - done, position);
        done += bytesWritten;
      }
    } catch (error) {
      // What arrived of this piece is cut off again, so that a writer can go on exactly at the offset it is told.
      const cleanup = await this.#cut(this.#offset).then(
        () => [],
        (failure: unknown) => [failure],
      );
      const reported = fileError(error, this.#subject, "cannot write its file");
      if (!(reported instanceof OperationError)) throw reported;
      throw new OperationError(reported.kind, this.#subject, reported.detail, { cause: error, cleanup });
    }
    this.#offset += BigInt(data.length);
  }

  async #cut(sizeBytes: bigint): Promise<void> {
    try {
      await this.#data.truncate(Number(sizeBytes));
    } catch (error) {
      throw fileError(error, this.#subject, "cannot cut its file");
    }
    this.#offset = sizeBytes;
    if (this.#hashed !== sizeBytes) this.#hashed = -1n;
  }

  async #bringHashUpToDate(): Promise<void> {
    if (this.#hashed === this.#offset) return;
    await this.#hash.restart(this.#offset);
    this.#hashed = this.#offset;
  }

  async #verify(options: ContentCommitOptions): Promise<VerifiedBlob> {
    const { sizeBytes, digest: demanded } = options;
    const labels = checkLabels(this.#subject, options.labels ?? new Map());
    const algorithm = demanded === undefined ? "sha256" : parseDigest(demanded).algorithm;
    if (sizeBytes !== undefined && sizeBytes !== this.#offset) {
      throw new OperationError(
        "failed-precondition",
        this.#subject,
        `has ${this.#offset} bytes, expected ${sizeBytes}`,
      );
    }
    const digest = await this.#digest(algorithm);
    if (demanded !== undefined && demanded !== digest) {
      throw new OperationError("failed-precondition", this.#subject, `has digest ${digest}, expected ${demanded}`);
    }
    return { digest, sizeBytes: this.#offset, labels };
  }

  async #digest(algorithm: DigestAlgorithm): Promise<string> {
    if (algorithm === this.#hash.algorithm) {
      await this.#bringHashUpToDate();
      return this.#hash.digest();
    }
    const other = new RunningHash(this.#host.threads, algorithm, this.#host.dataPath);
    try {
      await other.restart(this.#offset);
      return await other.digest();
    } finally {
      other.close();
    }
  }
}
