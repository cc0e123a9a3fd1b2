/** What one piece of work must have to itself (`alone`), and what it may share with others of its kind (`shared`). */
export interface Claims {
  readonly alone: readonly string[];
  readonly shared?: readonly string[];
}

interface Line {
  /** The last work that has the name alone, or null when it has ended. */
  alone: Promise<unknown> | null;
  /** Work that came since then and shares the name. */
  readonly shared: Set<Promise<unknown>>;
}

/**
 * Serialises work per name: work on one name waits for earlier work on it, work on other names goes on.
 *
 * Work with several names takes its place in all lines at once, so that no two can wait for each other.
 */
export class Turns {
  readonly #lines = new Map<string, Line>();
  readonly #running = new Set<Promise<unknown>>();

  /**
   * Runs `work` when all that claimed one of the same names before has ended.
   *
   * Rejects with the reason of `signal` as soon as it aborts, if `work` has not begun by then.
   */
  async run<T>(claims: Claims, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const earlier = Promise.all([
      ...claims.alone.flatMap((name) => this.#before(name, "all")),
      ...(claims.shared ?? []).flatMap((name) => this.#before(name, "alone")),
    ]);
    const mine = unlessAborted(earlier, signal).then(work);
    // Whoever comes later waits for those before this work too, also when this work gave up waiting.
    const ended = Promise.allSettled([earlier, mine]);
    this.#take(claims, ended);
    return mine;
  }

  /** Resolves when no work is left, that of callers who came meanwhile included. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) {
      await Promise.all(this.#running);
    }
  }

  #before(name: string, which: "all" | "alone"): Promise<unknown>[] {
    const line = this.#lines.get(name);
    const alone = line?.alone ?? null;
    return [...(alone === null ? [] : [alone]), ...(which === "all" ? (line?.shared ?? []) : [])];
  }

  #take(claims: Claims, ended: Promise<unknown>): void {
    this.#running.add(ended);
    for (const name of claims.alone) {
      this.#lines.set(name, { alone: ended, shared: new Set() });
    }
    for (const name of claims.shared ?? []) {
      const line = this.#lines.get(name) ?? { alone: null, shared: new Set() };
      line.shared.add(ended);
      this.#lines.set(name, line);
    }
    void ended.then(() => this.#leave(claims, ended));
  }

  #leave(claims: Claims, ended: Promise<unknown>): void {
    this.#running.delete(ended);
    for (const name of [...claims.alone, ...(claims.shared ?? [])]) {
      // A later claim may have replaced the line; then this work is not in it, and nothing changes here.
      const line = this.#lines.get(name);
      line?.shared.delete(ended);
      if (line?.alone === ended) {
        line.alone = null;
      }
      if (line?.alone === null && line.shared.size === 0) {
        this.#lines.delete(name);
      }
    }
  }
}

function unlessAborted(earlier: Promise<unknown>, signal: AbortSignal | undefined): Promise<unknown> {
  if (signal === undefined) {
    return earlier;
  }
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    void earlier.then(() => {
      signal.removeEventListener("abort", abort);
      if (signal.aborted) {
        reject(signal.reason);
      } else {
        resolve(undefined);
      }
    });
    if (signal.aborted) {
      abort();
    }
  });
}
