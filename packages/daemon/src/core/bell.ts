/** Waits for rings, without missing one that comes while its owner is busy. */
export interface Waiter {
  /** Resolves at the next ring, at once if there was one since the last time. Rejects with the signal's reason. */
  next(): Promise<void>;
  [Symbol.dispose](): void;
}

/**
 * Wakes those who wait for a change; they look for themselves what changed. Ringing never waits and costs nothing where
 * nobody listens, and a listener holds one flag, however often it rings.
 */
export class Bell {
  readonly #listeners = new Set<() => void>();

  /** How many listen. */
  get listeners(): number {
    return this.#listeners.size;
  }

  ring(): void {
    for (const wake of this.#listeners) wake();
  }

  /** Begins to listen; the waiter must be disposed. */
  listen(signal: AbortSignal): Waiter {
    let rung = false;
    let waiting: PromiseWithResolvers<void> | undefined;
    const wake = () => {
      rung = true;
      waiting?.resolve();
    };
    const abort = () => waiting?.reject(signal.reason);
    signal.addEventListener("abort", abort);
    this.#listeners.add(wake);
    return {
      next: async () => {
        signal.throwIfAborted();
        if (!rung) {
          waiting = Promise.withResolvers();
          await waiting.promise;
          waiting = undefined;
        }
        rung = false;
      },
      [Symbol.dispose]: () => {
        signal.removeEventListener("abort", abort);
        this.#listeners.delete(wake);
      },
    };
  }
}
