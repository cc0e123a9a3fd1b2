import { createHash, type Hash } from "node:crypto";
import type { DigestAlgorithm } from "../digest.ts";
import type { HashThreads, RemoteHash } from "./hash-threads.ts";

/** Up to here a hash costs less than the way to another thread; about 0.2 ms of this one. */
const inlineBytes = 256 * 1024;

/** How much may be on its way to a thread before a writer waits, so that a fast writer cannot fill the memory. */
const maxOutstandingBytes = 8 << 20;

/**
 * The hash of a growing file: small ones are hashed where they are, big ones on another thread, which catches up from
 * the file itself.
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
  #outstandingBytes = 0;
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
    this.close();
    this.#failure = undefined;
    this.#length = length;
    if (length === 0n) this.#inline = createHash(this.algorithm);
    else await this.#moveToThread(length);
  }

  /** Adds bytes; they may be reused when this resolves. */
  async add(bytes: Uint8Array): Promise<void> {
    const before = this.#length;
    this.#length += BigInt(bytes.length);
    if (this.#inline !== undefined && this.#length <= inlineBytes) {
      this.#inline.update(bytes);
      return;
    }
    if (this.#remote === undefined) await this.#moveToThread(before);
    await this.#send(bytes);
  }

  /** The digest of all bytes so far. */
  async digest(): Promise<string> {
    if (this.#inline !== undefined) return `${this.algorithm}:${this.#inline.copy().digest("hex")}`;
    const hex = await this.#remote?.digest();
    // Answers come in order, so by now every failure of what was sent before is known.
    if (this.#failure !== undefined) throw this.#failure.error;
    return `${this.algorithm}:${hex}`;
  }

  /** Frees the thread of it. Idempotent. */
  close(): void {
    this.#remote?.drop();
    this.#remote = undefined;
    this.#inline = undefined;
  }

  async #moveToThread(length: bigint): Promise<void> {
    this.#inline = undefined;
    this.#remote = this.#threads.start(this.algorithm);
    if (length > 0n) await this.#remote.addFile(this.#path, length);
  }

  async #send(bytes: Uint8Array): Promise<void> {
    this.#outstandingBytes += bytes.length;
    const sent = this.#remote?.addBytes(bytes).then(
      () => {
        this.#outstandingBytes -= bytes.length;
      },
      (error: unknown) => {
        this.#failure ??= { error };
      },
    );
    if (this.#outstandingBytes > maxOutstandingBytes) await sent;
  }
}
