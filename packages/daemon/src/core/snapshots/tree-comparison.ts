import { Worker } from "node:worker_threads";
import type { TreeChange } from "./compare-trees.ts";

/** Paths of two directories; `before` is `null` for an empty tree. */
export interface ComparedTrees {
  readonly before: string | null;
  readonly after: string;
}

/** What the thread answers when it is asked for more. */
export type ComparisonAnswer =
  | { readonly changes: readonly TreeChange[]; readonly done: boolean }
  | { readonly failure: { readonly code: string; readonly message: string } };

/** A system call failed in the thread. */
class ComparisonError extends Error {
  override readonly name = "ComparisonError";
  /** Symbol of the error number, such as `EIO`; empty if it was no system call. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Compares two trees in a thread of its own, see `compareTrees`, and yields changes in groups. When it has ended, or was
 * left, the thread is gone and has closed what it had open.
 *
 * Rejects with a `ComparisonError`, or with the reason of `signal`.
 */
export async function* compareInThread(
  trees: ComparedTrees,
  signal?: AbortSignal,
): AsyncGenerator<readonly TreeChange[], void, void> {
  signal?.throwIfAborted();
  const file = import.meta.url.endsWith(".ts") ? "./compare-thread.ts" : "./compare-thread.js";
  const worker = new Worker(new URL(file, import.meta.url), { workerData: trees });
  try {
    for (let done = false; !done; ) {
      const answer = await ask(worker, signal);
      if ("failure" in answer) throw new ComparisonError(answer.failure.code, answer.failure.message);
      if (answer.changes.length > 0) yield answer.changes;
      ({ done } = answer);
    }
  } finally {
    await worker.terminate();
  }
}

/** Asks for the next changes. */
async function ask(worker: Worker, signal: AbortSignal | undefined): Promise<ComparisonAnswer> {
  const { promise, reject, resolve } = Promise.withResolvers<ComparisonAnswer>();
  const abort = () => reject(signal?.reason);
  const exit = () => reject(new ComparisonError("", "the comparing thread ended"));
  worker.once("message", resolve).once("error", reject).once("exit", exit);
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted) abort();
  worker.postMessage("more");
  try {
    return await promise;
  } finally {
    worker.off("message", resolve).off("error", reject).off("exit", exit);
    signal?.removeEventListener("abort", abort);
  }
}
