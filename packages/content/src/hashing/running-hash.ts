import { createHash, type Hash } from "node:crypto";
import type { DigestAlgorithm } from "../digest.ts";
import type { HashThreads, RemoteHash } from "./hash-threads.ts";

/** Up to here a hash costs less than the way to another thread; about 0.2 ms of this one. */
const inlineBytes = 256 * 1024;

/** How much is written before the thread is told: seldom enough to cost nothing, often enough that little is left at the end. */
const stepBytes = 1n << 20n;

/** How far the thread may be behind before a writer waits, so that what it reads is still in memory. */
const maxLagBytes = 32n << 20n;

/**
 * The hash of a growing file: small ones are hashed where they are, big ones on another thread, which reads them from
 * the file itself, so that no bytes go from thread to thread.
 *
 * Calls must not overlap. What is added must be in the file already.
 */
export class RunningHash {
  readonly algorithm: DigestAlgorithm;
  readonly #threads: HashThreads;
  readonly #path: string;
  #length = 0n;
  #inline: Hash | undefined;
  #remote: RemoteHash | undefined;
  /** How much the thread was told of, and has done. */
  #told = 0n;
  #done = 0n;
  /** Resolves when the thread has done all it was told, or failed. */
  #progress: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;

  /** @param path - the file whose bytes are hashed */
  constructor(threads: HashThreads, algorithm: DigestAlgorithm, path: string) {
    this.#threads = threads;
    this.algorithm = algorithm;
    this.#path = path;
    this.#inline = createHash(algorithm);
  }

  /** Begins anew, with the first `length` bytes of the file. */
  async restart(length: bigint): Promise<void> {
    // What the thread is at may fail once the file was cut; only after that the failure can be told from a new one.
    await this.#progress;
    this.close();
    this.#failure = undefined;
    this.#length = length;
    this.#told = 0n;
    this.#done = 0n;
    if (length === 0n) this.#inline = createHash(this.algorithm);
    else this.#advance();
  }

  /** Adds bytes; they may be reused when this resolves. */
  async add(bytes: Uint8Array): Promise<void> {
    this.#length += BigInt(bytes.length);
    if (this.#inline !== undefined && this.#length <= inlineBytes) {
      this.#inline.update(bytes);
      return;
    }
    if (this.#length - this.#told >= stepBytes) this.#advance();
    if (this.#told - this.#done > maxLagBytes) await this.#progress;
  }

  /** The digest of all bytes so far. */
  async digest(): Promise<string> {
    if (this.#inline !== undefined && this.#length <= inlineBytes) {
      return `${this.algorithm}:${this.#inline.copy().digest("hex")}`;
    }
    this.#advance();
    await this.#progress;
    if (this.#failure !== undefined) throw this.#failure.error;
    return `${this.algorithm}:${await this.#remote?.digest()}`;
  }

  /** Frees the thread of it. Idempotent. */
  close(): void {
    this.#remote?.drop();
    this.#remote = undefined;
    this.#inline = undefined;
  }

  /** Tells the thread of all bytes there are. */
  #advance(): void {
    this.#inline = undefined;
    this.#remote ??= this.#threads.start(this.algorithm, this.#path);
    const length = this.#length;
    this.#told = length;
    this.#progress = this.#remote.advance(length).then(
      () => {
        this.#done = length;
      },
      (error: unknown) => {
        this.#failure ??= { error };
      },
    );
  }
}
