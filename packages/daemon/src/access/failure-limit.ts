/** How many callers are remembered at one time; who makes up more addresses than that is not slowed down by this. */
const maxAddresses = 4096;

/** Counts how often each address fails to show who it is: guessing is hopeless, and shall not fill the log either. */
export class FailureLimit {
  readonly #perSecond: number;
  readonly #nowMs: () => number;
  readonly #failures = new Map<string, { count: number; readonly untilMs: number }>();

  /** @param nowMs - milliseconds of a clock that nobody sets */
  constructor(perSecond: number, nowMs: () => number) {
    this.#perSecond = perSecond;
    this.#nowMs = nowMs;
  }

  /** Whether an address has failed as often as it may, for a second at most. */
  isOver(address: string): boolean {
    return (this.#current(address)?.count ?? 0) >= this.#perSecond;
  }

  /** Counts a failure. */
  count(address: string): void {
    const current = this.#current(address);
    if (current !== undefined) {
      current.count += 1;
      return;
    }
    this.#failures.delete(address);
    const [oldest] = this.#failures.keys();
    if (oldest !== undefined && this.#failures.size >= maxAddresses) this.#failures.delete(oldest);
    this.#failures.set(address, { count: 1, untilMs: this.#nowMs() + 1000 });
  }

  #current(address: string) {
    const found = this.#failures.get(address);
    return found !== undefined && found.untilMs > this.#nowMs() ? found : undefined;
  }
}
