import type { RuntimeEvent } from "@gantry/api";

/**
 * How many events a subscriber may be behind. What comes beyond is lost to it, as it may be: events are a hint, and the
 * truth is in `Process.wait`.
 */
const maxBacklog = 4_096;

/** Shows events to any number of subscribers; a slow one delays nobody. */
export class EventFeed {
  readonly #subscribers = new Set<Subscriber>();

  publish(event: RuntimeEvent): void {
    for (const subscriber of this.#subscribers) subscriber.push(event);
  }

  /** Shows what is published from this call on. Ends when the feed is closed or the signal aborts. */
  subscribe(signal?: AbortSignal): AsyncIterableIterator<RuntimeEvent> {
    const subscriber = new Subscriber();
    this.#subscribers.add(subscriber);
    return this.#show(subscriber, signal);
  }

  close(): void {
    for (const subscriber of this.#subscribers) subscriber.end();
  }

  async *#show(subscriber: Subscriber, signal: AbortSignal | undefined): AsyncGenerator<RuntimeEvent> {
    const onAbort = () => subscriber.end();
    signal?.addEventListener("abort", onAbort);
    try {
      for (;;) {
        const events = await subscriber.next();
        signal?.throwIfAborted();
        if (events.length === 0) return;
        yield* events;
      }
    } finally {
      signal?.removeEventListener("abort", onAbort);
      this.#subscribers.delete(subscriber);
    }
  }
}

class Subscriber {
  #backlog: RuntimeEvent[] = [];
  #wake = Promise.withResolvers<void>();
  #isOver = false;

  push(event: RuntimeEvent): void {
    if (this.#backlog.length < maxBacklog) this.#backlog.push(event);
    this.#wake.resolve();
  }

  end(): void {
    this.#isOver = true;
    this.#wake.resolve();
  }

  /** Returns what came since the last call, waiting for something; nothing at the end. */
  async next(): Promise<readonly RuntimeEvent[]> {
    if (this.#backlog.length === 0 && !this.#isOver) await this.#wake.promise;
    this.#wake = Promise.withResolvers<void>();
    return this.#backlog.splice(0);
  }
}
