import { monitorEventLoopDelay } from "node:perf_hooks";

/** How often the delay is measured; each time is one wake-up of an idle daemon. */
const resolutionMs = 100;

/** Measures how long the event loop keeps others waiting. */
export class LoopDelay {
  readonly #histogram = monitorEventLoopDelay({ resolution: resolutionMs });

  constructor() {
    this.#histogram.enable();
  }

  /** The 99th percentile since the start, in microseconds. What is recorded includes the time between two measurements. */
  p99Us(): bigint {
    return BigInt(Math.max(0, Math.round(this.#histogram.percentile(99) / 1000 - resolutionMs * 1000)));
  }

  [Symbol.dispose](): void {
    this.#histogram.disable();
  }
}
