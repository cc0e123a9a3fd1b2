import type { Clock } from "../supervision/clock.ts";

/** When collections run of their own accord. */
export interface GcSchedule {
  /** How long after a removal one begins, so that it takes what follows along. */
  readonly delayMs: number;
  /** How many changes other than removals call for one. */
  readonly changes: number;
  /** What part of the time collections may take in the long run. */
  readonly share: number;
}

/** What is taken where nothing else is said. */
const defaultSchedule: GcSchedule = { delayMs: 1_000, changes: 1_000, share: 0.05 };

/** The longest wait for the end of a lease; longer ones are waited for in parts, since clocks are set. */
const maxWaitMs = 3_600_000;

/** What {@link GcScheduler} works with. */
export interface GcSchedulerParts {
  readonly clock: Clock;
  /** Collects everywhere. Must not reject. */
  readonly collect: (signal: AbortSignal) => Promise<void>;
  /** How long it is until the next lease ends, in milliseconds; `null` if none does. */
  readonly nextEndMs: () => number | null;
}

/**
 * Decides when to collect: some time after something was removed, after many other changes, and when a lease ends, but so
 * that the pauses are long enough beside the work.
 */
export class GcScheduler {
  readonly #parts: GcSchedulerParts;
  readonly #schedule: GcSchedule;
  readonly #closing = new AbortController();
  #changes = 0;
  #notBeforeMs = 0;
  #timer: Disposable | undefined;
  #dueMs = Number.POSITIVE_INFINITY;
  #running: Promise<void> | undefined;
  /** Whether something was removed while a collection ran. */
  #again = false;

  constructor(parts: GcSchedulerParts, schedule: GcSchedule = defaultSchedule) {
    this.#parts = parts;
    this.#schedule = schedule;
  }

  /** To be told when something has gone that may have kept something. */
  noteRemoval(): void {
    if (this.#running === undefined) this.#plan(this.#schedule.delayMs);
    else this.#again = true;
  }

  /** To be told when anything else has changed. */
  noteChange(): void {
    this.#changes += 1;
    if (this.#changes < this.#schedule.changes) return;
    this.#changes = 0;
    this.noteRemoval();
  }

  /** To be told when a lease was made: it may be the next to end. */
  noteLease(): void {
    if (this.#running === undefined) this.#planNextEnd();
  }

  /** Ends what runs, and plans nothing any more. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#timer?.[Symbol.dispose]();
    await this.#running;
  }

  #planNextEnd(): void {
    const waitMs = this.#parts.nextEndMs();
    // A moment behind the end, so that the clock has passed it.
    if (waitMs !== null) this.#plan(Math.min(waitMs + 1, maxWaitMs));
  }

  #plan(waitMs: number): void {
    if (this.#closing.signal.aborted) return;
    const now = this.#parts.clock.now();
    const dueMs = Math.max(now + waitMs, this.#notBeforeMs);
    if (dueMs >= this.#dueMs) return;
    this.#timer?.[Symbol.dispose]();
    this.#dueMs = dueMs;
    this.#timer = this.#parts.clock.after(dueMs - now, () => this.#run());
  }

  #run(): void {
    this.#dueMs = Number.POSITIVE_INFINITY;
    this.#timer = undefined;
    this.#changes = 0;
    this.#again = false;
    const { clock, collect } = this.#parts;
    const startedAt = clock.now();
    this.#running = collect(this.#closing.signal).then(() => {
      this.#running = undefined;
      const now = clock.now();
      this.#notBeforeMs = now + (now - startedAt) * (1 / this.#schedule.share - 1);
      if (this.#closing.signal.aborted) return;
      this.#planNextEnd();
      if (this.#again) this.#plan(this.#schedule.delayMs);
    });
  }
}
