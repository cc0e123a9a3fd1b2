import { Worker } from "node:worker_threads";
import { OperationError } from "@gantry/api";
import type { AppliedLayer, ApplyJob, FromApplyThread, ToApplyThread } from "./apply-messages.ts";

/** How much of a blob may be on its way to the thread, so that it never waits and memory stays small. */
const maxOutstandingBytes = 2 << 20;

/** A thread that applies layers, one at a time. */
export class ApplyThread {
  readonly #worker: Worker;
  #outstandingBytes = 0;
  #onTaken: (() => void) | undefined;
  #outcome = Promise.withResolvers<AppliedLayer>();
  #settled = false;
  #lost = false;

  constructor() {
    const file = import.meta.url.endsWith(".ts") ? "./apply-worker.ts" : "./apply-worker.js";
    // Untracked, since the thread opens descriptors by system calls that Node knows nothing of and would warn about.
    this.#worker = new Worker(new URL(file, import.meta.url), { trackUnmanagedFds: false });
    this.#worker.on("message", (message: FromApplyThread) => this.#hear(message));
    this.#worker.on("error", (error) => this.#lose(error));
    this.#worker.on("exit", () => this.#lose(undefined));
    this.#worker.unref();
  }

  /** Whether it cannot be used any more. */
  get isLost(): boolean {
    return this.#lost;
  }

  /**
   * Applies one layer. When this settles, in whichever way, the thread touches the directory no more and is idle.
   *
   * @param options - `onRead`: told how much of the blob was read so far; `signal`: stops it
   *
   * Rejects with
   * - `data-loss`: `blob` is not what `job.digest` says
   * - what `applyStream` rejects with, what `blob` rejects with, the signal's reason
   */
  async apply(
    job: ApplyJob,
    blob: AsyncIterable<Uint8Array>,
    options: { readonly signal?: AbortSignal | undefined; readonly onRead?: (bytes: bigint) => void } = {},
  ): Promise<AppliedLayer> {
    this.#outcome = Promise.withResolvers<AppliedLayer>();
    this.#settled = false;
    this.#outstandingBytes = 0;
    // It is waited for below in every case; until then a failure must not count as unhandled.
    this.#outcome.promise.catch(() => {});
    this.#worker.ref();
    try {
      this.#tell({ say: "start", job });
      await this.#feed(blob, options);
      return await this.#outcome.promise;
    } finally {
      this.#worker.unref();
    }
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  async #feed(
    blob: AsyncIterable<Uint8Array>,
    options: { readonly signal?: AbortSignal | undefined; readonly onRead?: (bytes: bigint) => void },
  ): Promise<void> {
    const wake = () => this.#onTaken?.();
    options.signal?.addEventListener("abort", wake);
    try {
      let read = 0n;
      for await (const piece of blob) {
        read += BigInt(piece.length);
        // A copy is sent: the piece may be a part of memory that others use.
        this.#outstandingBytes += piece.length;
        this.#tell({ say: "piece", bytes: piece });
        options.onRead?.(read);
        await this.#whileFull(options.signal);
        if (this.#settled) return;
      }
      options.signal?.throwIfAborted();
      this.#tell({ say: "end" });
      await this.#untilSettled(options.signal);
    } catch (error) {
      // Whoever waits for us undoes what was done so far, so the thread must have left it before.
      this.#tell({ say: "stop" });
      await this.#outcome.promise.catch(() => {});
      throw error;
    } finally {
      options.signal?.removeEventListener("abort", wake);
    }
  }

  async #whileFull(signal: AbortSignal | undefined): Promise<void> {
    while (this.#outstandingBytes > maxOutstandingBytes && !this.#settled) await this.#nextNews(signal);
    signal?.throwIfAborted();
  }

  async #untilSettled(signal: AbortSignal | undefined): Promise<void> {
    while (!this.#settled) await this.#nextNews(signal);
  }

  async #nextNews(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    await new Promise<void>((resolve) => {
      this.#onTaken = resolve;
    });
    this.#onTaken = undefined;
    signal?.throwIfAborted();
  }

  #tell(message: ToApplyThread): void {
    this.#worker.postMessage(message);
  }

  #hear(message: FromApplyThread): void {
    if (message.say === "taken") this.#outstandingBytes -= message.bytes;
    else if (message.say === "done") this.#settle(() => this.#outcome.resolve(message.layer));
    else this.#settle(() => this.#outcome.reject(errorOf(message)));
    this.#onTaken?.();
  }

  #settle(how: () => void): void {
    this.#settled = true;
    how();
  }

  #lose(cause: unknown): void {
    this.#lost = true;
    const error = new OperationError("internal", { type: "layer", id: "" }, "the applying thread was lost", { cause });
    this.#settle(() => this.#outcome.reject(error));
    this.#onTaken?.();
  }
}

function errorOf(message: FromApplyThread & { readonly say: "failed" }): OperationError {
  const { kind, subject, detail, cause } = message.failure;
  if (message.digest !== undefined && message.digest !== subject.id) {
    return dataLoss(subject.id, message.digest);
  }
  return new OperationError(kind, subject, detail, { cause });
}

/** The error for a blob whose bytes are no longer those of its digest. */
export function dataLoss(digest: string, found: string): OperationError {
  return new OperationError(
    "data-loss",
    { type: "layer", id: digest },
    `its blob is damaged, the bytes have digest ${found}`,
  );
}
