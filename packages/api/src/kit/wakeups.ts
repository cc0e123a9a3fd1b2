/** What somebody waits for who looks, and looks again whenever something may have changed. */
export class Wakeups {
  readonly #unsubscribe: readonly (() => void)[];
  #isDue = false;
  #wake: (() => void) | null = null;

  /** @param sources - each is given a listener to call, and returns what takes that back */
  constructor(sources: readonly ((listener: () => void) => () => void)[]) {
    const listener = () => {
      this.#isDue = true;
      this.#wake?.();
    };
    this.#unsubscribe = sources.map((subscribe) => subscribe(listener));
  }

  /** Resolves when something may have changed since it resolved last; begin to look after it was made. */
  async next(): Promise<void> {
    if (!this.#isDue) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#isDue = false;
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }
}

/** A source that asks to look again when the signal aborts; none of `undefined`. */
export function whenAborted(signal: AbortSignal | undefined): (listener: () => void) => () => void {
  return (listener) => {
    signal?.addEventListener("abort", listener);
    return () => signal?.removeEventListener("abort", listener);
  };
}

/** A source that asks to look again every `ms` milliseconds. */
export function every(ms: number): (listener: () => void) => () => void {
  return (listener) => {
    const timer = setInterval(listener, ms);
    return () => clearInterval(timer);
  };
}
