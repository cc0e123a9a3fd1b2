/** By how much the wall clock may be off within one look before it counts as set, in milliseconds. */
const toleranceMs = 60_000;

/** What {@link LeaseClock} reads. */
export interface LeaseTimes {
  /** The wall clock. */
  readonly now: () => Date;
  /** Milliseconds of a clock that nobody sets. */
  readonly elapsedMs: () => number;
}

/**
 * Notices when the wall clock was set, or the host slept: leases are to last as long as their holders were told, and a
 * clock that jumps must not end all of them at once.
 */
export class LeaseClock {
  readonly #times: LeaseTimes;
  readonly #onJump: (before: Date, byMs: number) => void;
  #lastWallMs: number;
  #lastElapsedMs: number;

  /** @param onJump - hears when it would be by the old clock, and by how much the clock was set from there */
  constructor(times: LeaseTimes, onJump: (before: Date, byMs: number) => void) {
    this.#times = times;
    this.#onJump = onJump;
    this.#lastWallMs = times.now().getTime();
    this.#lastElapsedMs = times.elapsedMs();
  }

  /** The time to judge ends by; looks whether the clock was set first. */
  now(): Date {
    const now = this.#times.now();
    const elapsedMs = this.#times.elapsedMs();
    const expectedMs = this.#lastWallMs + (elapsedMs - this.#lastElapsedMs);
    const jumpMs = now.getTime() - expectedMs;
    this.#lastWallMs = now.getTime();
    this.#lastElapsedMs = elapsedMs;
    if (Math.abs(jumpMs) > toleranceMs) this.#onJump(new Date(expectedMs), jumpMs);
    return now;
  }
}
