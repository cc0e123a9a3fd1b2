import { type ContainerRef, keyOf } from "./container-ref.ts";

/** Counts who reads the output of a container, so that it is not taken from under them. */
export class OutputReaders {
  readonly #counts = new Map<string, number>();
  readonly #idle = new Map<string, PromiseWithResolvers<void>>();

  /** Counts a reader until the result is disposed. */
  enter(ref: ContainerRef): Disposable {
    const key = keyOf(ref);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    let inside = true;
    return {
      [Symbol.dispose]: () => {
        if (inside) this.#leave(key);
        inside = false;
      },
    };
  }

  /** Resolves when nobody reads any more, after `deadlineMs` at the latest. */
  async idle(ref: ContainerRef, deadlineMs: number): Promise<void> {
    const key = keyOf(ref);
    if (!this.#counts.has(key)) return;
    const idle = this.#idle.get(key) ?? Promise.withResolvers<void>();
    this.#idle.set(key, idle);
    const timer = setTimeout(idle.resolve, deadlineMs);
    timer.unref();
    await idle.promise;
    clearTimeout(timer);
  }

  #leave(key: string): void {
    const left = (this.#counts.get(key) ?? 1) - 1;
    if (left > 0) {
      this.#counts.set(key, left);
      return;
    }
    this.#counts.delete(key);
    this.#idle.get(key)?.resolve();
    this.#idle.delete(key);
  }
}
