import { Worker } from "node:worker_threads";
import { OperationError } from "@gantry/api";
import type { DigestAlgorithm } from "../digest.ts";
import type { HashReply, HashRequest } from "./hash-messages.ts";

interface Waiting {
  readonly resolve: (value: string) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  /** In the order of the requests, which is the order of the answers. */
  readonly waiting: Waiting[];
  hashes: number;
}

/** One file that is hashed on another thread as it grows. */
export interface RemoteHash {
  /** Goes on until the first `length` bytes are hashed; they must be in the file. */
  advance(length: bigint): Promise<void>;
  /** The digest so far, in hexadecimal digits. */
  digest(): Promise<string>;
  /** Lets the thread forget it. */
  drop(): void;
}

/**
 * Threads that hash, so that the event loop does not. They start when first needed, and keep neither the process alive
 * when nothing is asked of them, nor more than `limit` cores busy.
 */
export class HashThreads {
  readonly #threads: Thread[] = [];
  readonly #limit: number;
  #nextHash = 1;
  #closed = false;

  constructor(limit = 2) {
    this.#limit = limit;
  }

  /** Starts to hash a file on the thread that has the fewest. */
  start(algorithm: DigestAlgorithm, path: string): RemoteHash {
    const thread = this.#leastBusy();
    const hash = this.#nextHash++;
    thread.hashes += 1;
    const ask = (request: HashRequest) => this.#ask(thread, request);
    // A failure to start shows again, as the failure of whatever is asked next.
    ask({ hash, do: "start", algorithm, path }).catch(() => {});
    return {
      advance: async (length) => void (await ask({ hash, do: "advance", length })),
      digest: () => ask({ hash, do: "digest" }),
      drop: () => {
        thread.hashes -= 1;
        ask({ hash, do: "drop" }).catch(() => {});
      },
    };
  }

  /** Ends the threads; what they were asked is rejected. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#threads.map((thread) => thread.worker.terminate()));
  }

  #leastBusy(): Thread {
    const idlest = this.#threads.toSorted((a, b) => a.hashes - b.hashes)[0];
    if (idlest !== undefined && (idlest.hashes === 0 || this.#threads.length >= this.#limit)) return idlest;
    return this.#startThread();
  }

  #startThread(): Thread {
    const file = import.meta.url.endsWith(".ts") ? "./hash-worker.ts" : "./hash-worker.js";
    const thread: Thread = { worker: new Worker(new URL(file, import.meta.url)), waiting: [], hashes: 0 };
    thread.worker.on("message", (reply: HashReply) => settle(thread, reply));
    thread.worker.on("error", (error) => this.#lose(thread, error));
    thread.worker.on("exit", () => this.#lose(thread, new TypeError("the hashing thread ended")));
    thread.worker.unref();
    this.#threads.push(thread);
    return thread;
  }

  #ask(thread: Thread, request: HashRequest): Promise<string> {
    if (this.#closed) return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      thread.waiting.push({ resolve, reject });
      thread.worker.ref();
      thread.worker.postMessage(request);
    });
  }

  #lose(thread: Thread, cause: unknown): void {
    const place = this.#threads.indexOf(thread);
    if (place >= 0) this.#threads.splice(place, 1);
    const error = this.#closed ? closedError() : lostError(cause);
    for (const waiting of thread.waiting.splice(0)) waiting.reject(error);
  }
}

function settle(thread: Thread, reply: HashReply): void {
  const waiting = thread.waiting.shift();
  if (thread.waiting.length === 0) thread.worker.unref();
  if ("error" in reply) waiting?.reject(reply.error);
  else waiting?.resolve(reply.value);
}

function closedError(): OperationError {
  return new OperationError("failed-precondition", { type: "content", id: "" }, "the content store is closed");
}

function lostError(cause: unknown): OperationError {
  return new OperationError("internal", { type: "content", id: "" }, "a hashing thread was lost", { cause });
}
