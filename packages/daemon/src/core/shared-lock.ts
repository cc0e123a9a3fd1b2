/** Lets work that adds run side by side, and work that takes away run alone; per key, in the order of arrival. */
export class SharedLock {
  /** Per key: the work that must end before exclusive work begins, and the exclusive work before shared work begins. */
  readonly #shared = new Map<string, Promise<void>>();
  readonly #exclusive = new Map<string, Promise<void>>();

  /** Runs `work` beside other shared work. */
  shared<T>(key: string, work: () => Promise<T>): Promise<T> {
    const result = this.#after([this.#exclusive.get(key)], work);
    this.#append(this.#shared, key, Promise.all([this.#shared.get(key), settled(result)]));
    return result;
  }

  /** Runs `work` alone. */
  exclusive<T>(key: string, work: () => Promise<T>): Promise<T> {
    const result = this.#after([this.#exclusive.get(key), this.#shared.get(key)], work);
    this.#append(this.#exclusive, key, settled(result));
    return result;
  }

  async #after<T>(before: readonly (Promise<void> | undefined)[], work: () => Promise<T>): Promise<T> {
    await Promise.all(before);
    return work();
  }

  #append(tails: Map<string, Promise<void>>, key: string, work: Promise<unknown>): void {
    const tail = work.then(() => {
      if (tails.get(key) === tail) tails.delete(key);
    });
    tails.set(key, tail);
  }
}

async function settled(work: Promise<unknown>): Promise<void> {
  await work.catch(() => undefined);
}
