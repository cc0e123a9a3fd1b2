/**
 * Shows what `source` shows until it ends, `signal` aborts or the reader leaves. `source` is ended in each case, at once
 * and without waiting for it: it may be waiting for something itself.
 *
 * Not a generator, since that would hear of the abort only in a step: connect-node takes no further step, and does not
 * leave either, when a caller resets the stream while an answer waits to be written.
 *
 * Throws the signal's reason when it aborts.
 */
export function untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncIterableIterator<T, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  const leave = () => {
    signal.removeEventListener("abort", leave);
    iterator.return?.().catch(() => {
      // Nobody is left who could be told.
    });
  };
  signal.addEventListener("abort", leave, { once: true });
  if (signal.aborted) {
    leave();
  }
  return {
    async next() {
      const step = await orAborted(() => iterator.next(), signal);
      return step.done === true ? { done: true, value: undefined } : step;
    },
    async return() {
      leave();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Not `Promise.race` with one promise for the signal: that would hold one more reaction for every step of a stream. */
function orAborted<T>(step: () => Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener("abort", abort, { once: true });
    const settle = () => signal.removeEventListener("abort", abort);
    step().then(resolve, reject).finally(settle);
  });
}
