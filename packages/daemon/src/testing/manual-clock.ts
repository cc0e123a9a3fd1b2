import type { Clock } from "../core/supervision/clock.ts";

/** A clock that stands until it is told to go on. */
export class ManualClock implements Clock {
  #now = 1_000;
  readonly #timers = new Set<{ readonly at: number; readonly work: () => void }>();
  #changed: PromiseWithResolvers<void> | undefined;

  now(): number {
    return this.#now;
  }

  after(delayMs: number, work: () => void): Disposable {
    const timer = { at: this.#now + delayMs, work };
    this.#timers.add(timer);
    this.#changed?.resolve();
    this.#changed = undefined;
    return { [Symbol.dispose]: () => void this.#timers.delete(timer) };
  }

  /** For how long from now somebody waits, the shortest first. */
  get waits(): readonly number[] {
    return [...this.#timers].map(({ at }) => at - this.#now).sort((a, b) => a - b);
  }

  /** Resolves when somebody waits for exactly so long from now. */
  until(delayMs: number): Promise<void> {
    return this.#untilOne((wait) => wait === delayMs);
  }

  /** Resolves when somebody waits for so long from now, or less. */
  untilAtMost(delayMs: number): Promise<void> {
    return this.#untilOne((wait) => wait <= delayMs);
  }

  async #untilOne(matches: (wait: number) => boolean): Promise<void> {
    while (!this.waits.some(matches)) {
      this.#changed ??= Promise.withResolvers<void>();
      await this.#changed.promise;
    }
  }

  /** Goes on, and does what is due, in its order. */
  advance(delayMs: number): void {
    this.#now += delayMs;
    const due = [...this.#timers].filter(({ at }) => at <= this.#now).sort((a, b) => a.at - b.at);
    for (const timer of due) {
      this.#timers.delete(timer);
      timer.work();
    }
  }
}
