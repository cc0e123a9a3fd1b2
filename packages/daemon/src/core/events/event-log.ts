import { OperationError } from "@gantry/api";
import type { EventTable, NewEvent, StoredEvent } from "../../store/event-table.ts";
import type { Store } from "../../store/store.ts";
import { Bell } from "../bell.ts";

/** How many events are kept. */
const keptEvents = 100_000;
/** How many events are written between two looks at how many there are. */
const eventsPerTrim = 1_000;
/** How many events a subscriber reads at once: what it holds in memory, whatever it misses. */
const pageEvents = 256;

/** What a subscriber wants to see. */
export interface Subscription {
  /** Number of the last event already seen; 0n for all that are kept. */
  readonly afterSequence: bigint;
  /** Whether to begin with what happens from now on, whatever `afterSequence` says. */
  readonly fromNow: boolean;
  /** Whether to wait for what happens later. */
  readonly follow: boolean;
  /** `null` for all. */
  readonly namespace: string | null;
  readonly matches: (event: StoredEvent) => boolean;
  readonly signal: AbortSignal;
}

/** An event, and where a subscriber that has seen it goes on. The first has no event: it tells that the reader stands. */
export interface Delivery {
  readonly event: StoredEvent | null;
  readonly cursor: bigint;
}

/**
 * The durable log of what happened. Writing is part of the transaction that makes it happen; subscribers read from the
 * log, each at its own pace, and are only woken: no queue grows for a slow one, and nobody waits for it.
 */
export class EventLog {
  readonly #store: Store;
  readonly #table: EventTable;
  readonly #bell = new Bell();
  readonly #now: () => Date;
  /** Number of the last event that is on the disk: later ones a power cut may still take, so nobody is shown them. */
  #durable: bigint;
  readonly #listeners = new Set<(event: NewEvent) => void>();
  #untrimmed = 0;

  constructor(store: Store, table: EventTable, now: () => Date) {
    this.#store = store;
    this.#table = table;
    this.#now = now;
    store.transaction(() => table.keepNewest(keptEvents));
    this.#durable = table.last();
    store.onCommit(() => {
      const last = table.last();
      return () => this.#show(last);
    });
  }

  /** How many read the log now. */
  get subscribers(): number {
    return this.#bell.listeners;
  }

  /** Writes an event. To be called inside of the transaction that makes it true. */
  append(event: NewEvent): void {
    this.#table.append(event, this.#now());
    for (const listener of this.#listeners) listener(event);
    this.#untrimmed += 1;
    if (this.#untrimmed >= eventsPerTrim) {
      this.#table.keepNewest(keptEvents);
      this.#untrimmed = 0;
    }
  }

  /** Calls `listener` within the transaction of every event, for the life of the log; it must not throw. */
  onAppend(listener: (event: NewEvent) => void): void {
    this.#listeners.add(listener);
  }

  /**
   * Shows the events behind a cursor in their order, and with `follow` those that come, until the signal says stop.
   *
   * Rejects with
   * - `out-of-range`: events behind the cursor are no longer kept, or there never were so many
   * - `resource-exhausted`: events that the subscriber had not read yet were dropped
   */
  async *subscribe(subscription: Subscription): AsyncGenerator<Delivery, void, void> {
    using waiter = this.#bell.listen(subscription.signal);
    // A caller finds what it has been told is done.
    await this.#store.synced();
    const { first, last } = this.#table.range();
    let cursor = subscription.fromNow ? last : subscription.afterSequence;
    if (cursor > last) throw outOfRange(cursor, `the log ends at ${last}`);
    if (cursor !== 0n && isDropped(cursor, first, last)) throw outOfRange(cursor, `events are kept from ${first} on`);
    yield { event: null, cursor: last };

    for (;;) {
      for await (const delivery of this.#readFrom(cursor, subscription)) {
        cursor = delivery.cursor;
        if (delivery.event !== null) yield delivery;
      }
      if (!subscription.follow) return;
      await waiter.next();
    }
  }

  /** Shows what is there now. What does not match is passed over, and still moves the cursor on. */
  async *#readFrom(from: bigint, subscription: Subscription): AsyncGenerator<Delivery, void, void> {
    const end = this.#durable;
    for (let cursor = from; cursor < end; ) {
      subscription.signal.throwIfAborted();
      const { first, last } = this.#table.range();
      if (cursor !== 0n && isDropped(cursor, first, last)) throw tooSlow(cursor);
      const page = this.#table.between({ after: cursor, last: end, limit: pageEvents }, subscription.namespace);
      for (const event of page) {
        cursor = event.sequence;
        yield { event: subscription.matches(event) ? event : null, cursor };
      }
      if (page.length < pageEvents) {
        // Events of other namespaces lie between here and the end; they need not be kept for this subscriber.
        if (cursor < end) yield { event: null, cursor: end };
        return;
      }
    }
  }

  #show(last: bigint): void {
    if (last <= this.#durable) return;
    this.#durable = last;
    this.#bell.ring();
  }
}

/** Whether an event behind `cursor` is no longer there. */
function isDropped(cursor: bigint, first: bigint, last: bigint): boolean {
  return cursor < last && (first === 0n || cursor + 1n < first);
}

function outOfRange(cursor: bigint, detail: string): OperationError {
  return new OperationError("out-of-range", { type: "event", id: `${cursor}` }, detail);
}

function tooSlow(cursor: bigint): OperationError {
  const detail = "the subscriber was too slow, events behind its cursor were dropped";
  return new OperationError("resource-exhausted", { type: "event", id: `${cursor}` }, detail);
}
