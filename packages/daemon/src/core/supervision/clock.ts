/** What supervision waits by: a clock that only goes forward, whatever is done to the time of day. */
export interface Clock {
  /** Milliseconds since some moment in the past. */
  now(): number;
  /** Calls `work` once, `delayMs` from now, unless the result is disposed before. Keeps no process alive. */
  after(delayMs: number, work: () => void): Disposable;
}

/** The clock of this process. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(delayMs, work) {
    const timer = setTimeout(work, delayMs);
    timer.unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};

/** Resolves after `delayMs` by `clock`; rejects with the signal's reason as soon as it is aborted. */
export async function sleep(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort);
  using _timer = clock.after(delayMs, resolve);
  try {
    await promise;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
