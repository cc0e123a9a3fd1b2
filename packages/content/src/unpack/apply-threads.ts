import { ApplyThread } from "../apply/apply-thread.ts";

/** How long an idle thread is kept: from one layer of an image to the next, not from one image to the next day's. */
const idleMs = 3_000;

interface Idle {
  readonly thread: ApplyThread;
  readonly timer: NodeJS.Timeout;
}

/** Threads that apply layers, no more than `limit` at a time; idle ones are ended after a while. */
export class ApplyThreads {
  readonly #limit: number;
  readonly #idle: Idle[] = [];
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  constructor(limit = 2) {
    this.#limit = limit;
  }

  /** Lends a thread for the time of `work`. */
  async use<T>(work: (thread: ApplyThread) => Promise<T>): Promise<T> {
    while (this.#busy >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#busy += 1;
    const thread = this.#take();
    try {
      return await work(thread);
    } finally {
      this.#busy -= 1;
      this.#putBack(thread);
      this.#waiting.shift()?.();
    }
  }

  #take(): ApplyThread {
    const idle = this.#idle.pop();
    if (idle === undefined) return new ApplyThread();
    clearTimeout(idle.timer);
    return idle.thread;
  }

  #putBack(thread: ApplyThread): void {
    if (thread.isLost) return;
    const timer = setTimeout(() => {
      const place = this.#idle.findIndex((idle) => idle.thread === thread);
      if (place >= 0) this.#idle.splice(place, 1);
      // Nothing is in it that could be lost.
      thread.close().catch(() => {});
    }, idleMs);
    timer.unref();
    this.#idle.push({ thread, timer });
  }
}
