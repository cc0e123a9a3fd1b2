/** Runs one piece of work after the other, in the order of the calls. */
export class InOrder {
  #last: Promise<unknown> = Promise.resolve();

  /**
   * Runs `work` when all before has ended, in whichever way.
   *
   * Rejects with what `work` rejects with, or with the signal's reason if that aborts before its turn comes.
   */
  run<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const before = this.#last;
    const result = turn(before, signal).then(work);
    // The next one waits for the one before this one too, which goes on when this one gives up its turn.
    this.#last = Promise.allSettled([before, result]);
    return result;
  }
}

/** Resolves when `before` has, or rejects when `signal` aborts. */
function turn(before: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) {
    return before.then(() => {});
  }
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener("abort", abort, { once: true });
    void before.then(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    });
  });
}
