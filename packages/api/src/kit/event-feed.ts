import type { RuntimeEvent } from "../runtime.ts";

/**
 * How many events a subscriber may be behind. What comes beyond is lost to it, as it may be: events are a hint, and the
 * truth is in `Process.wait`.
 */
const maxBacklog = 4_096;

/** Shows events to any number of subscribers, as `Runtime.events` does; a slow one delays nobody. */
export class EventFeed {
  readonly #subscribers = new Set<Subscriber>();
  #end: { readonly error?: unknown } | null = null;

  publish(event: RuntimeEvent): void {
    for (const subscriber of this.#subscribers) subscriber.push(event);
  }

  /**
   * Shows what is published from this call on, whenever it is read: 4,096 events are kept for a subscriber that does not
   * read, and later ones are lost to it. Ends when the feed is closed; throws the signal's reason when that aborts.
   */
  subscribe(signal?: AbortSignal): AsyncIterableIterator<RuntimeEvent, undefined> {
    const subscriber = new Subscriber(signal, (self) => this.#subscribers.delete(self));
    if (this.#end !== null) subscriber.end(this.#end);
    if (!subscriber.isOver) this.#subscribers.add(subscriber);
    return subscriber;
  }

  /**
   * Ends all subscriptions, behind what is already there.
   *
   * @param failure - `error`: what they throw then. Default: they just end
   */
  close(failure: { readonly error?: unknown } = {}): void {
    this.#end ??= failure;
    for (const subscriber of this.#subscribers) subscriber.end(this.#end);
    this.#subscribers.clear();
  }
}

/** Not a generator, which would hear nothing before its first step, and whose `return` would wait for the one that runs. */
class Subscriber implements AsyncIterableIterator<RuntimeEvent, undefined> {
  readonly #backlog: RuntimeEvent[] = [];
  readonly #forget: (self: Subscriber) => void;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => this.end({ error: this.#signal?.reason });
  #end: { readonly error?: unknown } | null = null;
  #wake: () => void = () => undefined;

  constructor(signal: AbortSignal | undefined, forget: (self: Subscriber) => void) {
    this.#signal = signal;
    this.#forget = forget;
    signal?.addEventListener("abort", this.#onAbort);
    if (signal?.aborted) this.#onAbort();
  }

  get isOver(): boolean {
    return this.#end !== null;
  }

  push(event: RuntimeEvent): void {
    if (this.#end === null && this.#backlog.length < maxBacklog) this.#backlog.push(event);
    this.#wake();
  }

  end(end: { readonly error?: unknown }): void {
    this.#end ??= end;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#forget(this);
    this.#wake();
  }

  async next(): Promise<IteratorResult<RuntimeEvent, undefined>> {
    for (;;) {
      if (this.#signal?.aborted) this.#backlog.length = 0;
      const value = this.#backlog.shift();
      if (value !== undefined) return { done: false, value };
      if (this.#end !== null) return this.#ended(this.#end);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async return(): Promise<IteratorResult<RuntimeEvent, undefined>> {
    this.#backlog.length = 0;
    this.end({});
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** An error is told once. */
  #ended(end: { readonly error?: unknown }): IteratorReturnResult<undefined> {
    this.#end = {};
    if ("error" in end) throw end.error;
    return { done: true, value: undefined };
  }
}
