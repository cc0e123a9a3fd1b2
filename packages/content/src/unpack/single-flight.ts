interface Flight<T> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

/** Lets callers who want the same thing at the same time wait for one run of it. */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>();

  /**
   * Runs `work`, or waits for the run under `key` that is under way.
   *
   * A caller whose signal is aborted rejects with its reason, and the run goes on for the others; with the last of them
   * it is aborted, and that caller waits until it has undone what it did.
   */
  async run(key: string, work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const flight = this.#flights.get(key) ?? this.#start(key, work);
    flight.waiting += 1;
    const aborted = Promise.withResolvers<"aborted">();
    const onAbort = () => aborted.resolve("aborted");
    signal?.addEventListener("abort", onAbort);
    try {
      const first = await Promise.race([flight.result, aborted.promise]);
      if (first !== "aborted") return first;
      if (flight.waiting === 1) await this.#abort(key, flight, signal?.reason);
      throw signal?.reason;
    } finally {
      flight.waiting -= 1;
      signal?.removeEventListener("abort", onAbort);
    }
  }

  #start(key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController();
    const result = work(controller.signal).finally(() => this.#leave(key, flight));
    const flight: Flight<T> = { result, controller, waiting: 0 };
    // Everybody may have gone by the time it fails.
    result.catch(() => {});
    this.#flights.set(key, flight);
    return flight;
  }

  async #abort(key: string, flight: Flight<T>, reason: unknown): Promise<void> {
    // Who comes now starts anew instead of joining what is about to fail.
    this.#leave(key, flight);
    flight.controller.abort(reason);
    await flight.result.catch(() => {});
  }

  #leave(key: string, flight: Flight<T>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}
