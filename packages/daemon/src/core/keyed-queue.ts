/** Runs work on one thing after the other, and work on different things side by side. */
export class KeyedQueue {
  readonly #tails = new Map<string, Promise<void>>();

  /** How many keys have work that has not ended. */
  get size(): number {
    return this.#tails.size;
  }

  /** Runs `work` when everything that was queued for `key` before has ended, however it ended. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const result = before.then(work);
    const tail = result.then(
      () => undefined,
      () => undefined,
    );
    this.#tails.set(key, tail);
    void tail.then(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    });
    return result;
  }
}
