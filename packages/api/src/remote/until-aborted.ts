/**
 * Shows what `source` shows until it ends, `signal` aborts or the reader leaves; then `source` is ended, without waiting
 * for it: a source that is waiting for something may not hear of its end before that comes.
 *
 * Throws the signal's reason when it aborts.
 */
export async function* untilAborted<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const step = await orAborted(iterator.next(), signal);
      if (step.done === true) {
        return;
      }
      yield step.value;
    }
  } finally {
    iterator.return?.().catch(() => {
      // Nobody is left who could be told.
    });
  }
}

/** Not `Promise.race` with one promise for the signal: that would hold one more reaction for every step of a stream. */
function orAborted<T>(step: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    const settle = () => signal.removeEventListener("abort", abort);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) {
      abort();
    }
    step.then(resolve, reject).finally(settle);
  });
}
