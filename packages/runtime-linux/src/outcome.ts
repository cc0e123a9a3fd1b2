type Settled<T> = { readonly value: T } | { readonly error: unknown };

/**
 * Something that comes out once, for any number of waiters that come and go. A promise would keep what each waiter that
 * gave up left on it, for as long as it is pending, which for a container may be years.
 */
export class Outcome<T> {
  #settled: Settled<T> | null = null;
  readonly #listeners = new Set<() => void>();

  resolve(value: T): void {
    this.#settle({ value });
  }

  reject(error: unknown): void {
    this.#settle({ error });
  }

  /** Calls `listener` once it is out, at once if it is; the returned function takes that back. */
  subscribe(listener: () => void): () => void {
    if (this.#settled !== null) {
      listener();
      return () => undefined;
    }
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves or rejects as it came out; rejects with the signal's reason if that aborts before. */
  wait(signal?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const onAbort = () => {
        unsubscribe();
        reject(signal?.reason);
      };
      const unsubscribe = this.subscribe(() => {
        signal?.removeEventListener("abort", onAbort);
        if (this.#settled === null) return;
        if ("value" in this.#settled) resolve(this.#settled.value);
        else reject(this.#settled.error);
      });
      if (this.#settled === null) signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  #settle(settled: Settled<T>): void {
    if (this.#settled !== null) return;
    this.#settled = settled;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener();
  }
}
