import type { Exit } from "@gantry/api";
import { bigintOf, dateOf, mapOf, mapToText, type Row, textOf } from "./row.ts";
import type { Store } from "./store.ts";

/** What can happen; more words may come. */
export type EventTopic =
  | `container.${"created" | "started" | "paused" | "resumed" | "exited" | "deleted" | "updated" | "oom"}`
  | `container.${"restarting" | "crash-loop" | "gave-up" | "health"}`
  | `exec.${"created" | "started" | "exited" | "deleted"}`
  | `image.${"created" | "updated" | "unpacked" | "deleted"}`
  | `snapshot.${"prepared" | "committed" | "removed"}`
  | `content.${"committed" | "deleted"}`
  | `namespace.${"created" | "updated" | "deleted"}`;

/** Something that happened, before it has a number. */
export interface NewEvent {
  readonly namespace: string;
  readonly topic: EventTopic;
  /** Identifier of the thing it happened to. */
  readonly subject: string;
  readonly execId?: string;
  readonly exit?: Exit;
  readonly attributes?: ReadonlyMap<string, string>;
}

/** Something that happened. */
export interface StoredEvent {
  readonly sequence: bigint;
  readonly occurredAt: Date;
  readonly namespace: string;
  readonly topic: string;
  readonly subject: string;
  readonly execId: string;
  readonly exit: Exit | null;
  readonly attributes: ReadonlyMap<string, string>;
}

/** A part of the log, by numbers of events. */
export interface EventRange {
  readonly after: bigint;
  readonly last: bigint;
  readonly limit: number;
}

/** The log of events, as rows. */
export class EventTable {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  append(event: NewEvent, occurredAt: Date): void {
    const { namespace, topic, subject, execId = "", exit, attributes = new Map() } = event;
    this.#store
      .prepare(
        `INSERT INTO events (occurred_at, namespace, topic, subject, exec_id, exit, attributes)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(occurredAt.getTime(), namespace, topic, subject, execId, exitToText(exit), mapToText(attributes));
  }

  /** Returns at most `limit` events behind `after` up to `last`, in their order; those of one namespace, or of all. */
  between({ after, last, limit }: EventRange, namespace: string | null): readonly StoredEvent[] {
    const condition = namespace === null ? "" : "AND namespace = ?";
    const statement = this.#store.prepare(
      `SELECT * FROM events WHERE sequence > ? AND sequence <= ? ${condition} ORDER BY sequence LIMIT ${limit}`,
    );
    statement.setReadBigInts(true);
    const rows = namespace === null ? statement.all(after, last) : statement.all(after, last, namespace);
    return rows.map(eventFrom);
  }

  /** Returns the number of the first event that is kept, and of the last there ever was; 0 where there is none. */
  range(): { readonly first: bigint; readonly last: bigint } {
    const statement = this.#store.prepare(
      `SELECT coalesce((SELECT min(sequence) FROM events), 0) AS first,
              coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0) AS last`,
    );
    statement.setReadBigInts(true);
    const row = statement.get() ?? {};
    return { first: bigintOf(row, "first"), last: bigintOf(row, "last") };
  }

  /** Returns the number of the last event that there ever was, 0 before the first. */
  last(): bigint {
    const statement = this.#store.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'events'");
    statement.setReadBigInts(true);
    const row = statement.get();
    return row === undefined ? 0n : bigintOf(row, "seq");
  }

  /** Drops all but the newest `count` events. */
  keepNewest(count: number): void {
    this.#store.prepare("DELETE FROM events WHERE sequence <= (SELECT max(sequence) FROM events) - ?").run(count);
  }
}

function eventFrom(row: Row): StoredEvent {
  return {
    sequence: bigintOf(row, "sequence"),
    occurredAt: dateOf(row, "occurred_at"),
    namespace: textOf(row, "namespace"),
    topic: textOf(row, "topic"),
    subject: textOf(row, "subject"),
    execId: textOf(row, "exec_id"),
    exit: row["exit"] === null ? null : exitFromText(textOf(row, "exit")),
    attributes: mapOf(row, "attributes"),
  };
}

function exitToText(exit: Exit | undefined): string | null {
  return exit === undefined ? null : JSON.stringify({ ...exit, exitedAt: exit.exitedAt.getTime() });
}

function exitFromText(text: string): Exit {
  const { pid, status, exitedAt, oomKilled } = JSON.parse(text);
  return {
    pid: Number(pid),
    status: Number(status),
    exitedAt: new Date(Number(exitedAt)),
    oomKilled: oomKilled === true,
  };
}
