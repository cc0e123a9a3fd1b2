/** Tells any number of waiters that something has changed; each looks for itself whether it is what it waits for. */
export class Changes {
  readonly #listeners = new Set<() => void>();

  notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /**
   * Resolves with what `look` gives once that is not `undefined`; looks now and after each change. Rejects with what
   * `look` throws, and with the signal's reason if that aborts before.
   */
  until<T>(look: () => T | undefined, signal?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const end = () => {
        this.#listeners.delete(check);
        signal?.removeEventListener("abort", onAbort);
      };
      const onAbort = () => {
        end();
        reject(signal?.reason);
      };
      const check = () => {
        try {
          const found = look();
          if (found === undefined) return;
          end();
          resolve(found);
        } catch (error) {
          end();
          reject(error);
        }
      };
      this.#listeners.add(check);
      signal?.addEventListener("abort", onAbort, { once: true });
      check();
    });
  }
}
