import { Worker } from "node:worker_threads";
import { OperationError, type SnapshotUsage } from "@gantry/api";
import type { TreeJob, TreeRequest, TreeResponse } from "./tree-job.ts";

/** How long the thread stays for the next job; starting one takes tens of milliseconds, keeping one some megabytes. */
const idleMs = 5_000;

/** A system call failed in the thread. */
class TreeWorkError extends Error {
  override readonly name = "TreeWorkError";
  /** Symbol of the error number, such as `ENOSPC`; empty if it was no system call. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

interface Pending {
  readonly resolve: (result: SnapshotUsage | null) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A thread that does work on whole trees, one job after another, so that the event loop never waits for a walk. It is
 * started by the first job and ends when there was none for a while.
 */
export class TreeWorker {
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #lastNumber = 0;

  /** Rejects with an error that has the errno as `code`, or with the reason of `signal`. */
  async measure(root: string, signal?: AbortSignal): Promise<SnapshotUsage> {
    const usage = await this.#run({ kind: "measure", root }, signal);
    return usage ?? { sizeBytes: 0n, inodes: 0n };
  }

  /** Rejects with an error that has the errno as `code`. */
  async remove(root: string): Promise<void> {
    await this.#run({ kind: "remove", root }, undefined);
  }

  /** Makes `to`, which must not exist, a copy of `from`. Rejects as `measure` does, and leaves what was copied. */
  async copy(from: string, to: string, signal?: AbortSignal): Promise<void> {
    await this.#run({ kind: "copy", from, to }, signal);
  }

  /** Ends the thread at once; jobs that are under way reject with `aborted`. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    this.#fail(new OperationError("aborted", { type: "snapshotter", id: "" }, "was closed"));
  }

  async #run(job: TreeJob, signal: AbortSignal | undefined): Promise<SnapshotUsage | null> {
    signal?.throwIfAborted();
    this.#lastNumber += 1;
    const request: TreeRequest = {
      number: this.#lastNumber,
      job,
      stop: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)),
    };
    const abort = () => Atomics.store(request.stop, 0, 1);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      return await this.#send(request);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  #send(request: TreeRequest): Promise<SnapshotUsage | null> {
    clearTimeout(this.#idle);
    const { promise, resolve, reject } = Promise.withResolvers<SnapshotUsage | null>();
    this.#pending.set(request.number, { resolve, reject });
    this.#worker ??= this.#start();
    this.#worker.ref();
    this.#worker.postMessage(request);
    return promise;
  }

  #start(): Worker {
    const file = import.meta.url.endsWith(".ts") ? "./tree-thread.ts" : "./tree-thread.js";
    const worker = new Worker(new URL(file, import.meta.url));
    worker.on("message", (response: TreeResponse) => this.#receive(response));
    worker.on("error", (error) => {
      this.#worker = undefined;
      this.#fail(error);
    });
    return worker;
  }

  #receive(response: TreeResponse): void {
    const pending = this.#pending.get(response.number);
    this.#pending.delete(response.number);
    if ("failure" in response) {
      pending?.reject(new TreeWorkError(response.failure.code, response.failure.message));
    } else {
      pending?.resolve(response.result);
    }
    if (this.#pending.size === 0) {
      // Nobody waits: neither the thread nor the timer keeps the process alive.
      this.#worker?.unref();
      this.#idle = setTimeout(() => this.#end(), idleMs).unref();
    }
  }

  #end(): void {
    void this.#worker?.terminate();
    this.#worker = undefined;
  }

  #fail(error: unknown): void {
    for (const pending of this.#pending.values()) {
      pending.reject(error);
    }
    this.#pending.clear();
  }
}
