import { dateOf, mapOf, mapToText, type Row, textOf } from "./row.ts";
import type { Store } from "./store.ts";

/** What keeps objects from being collected. */
export interface LeaseRecord {
  readonly namespace: string;
  readonly id: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly createdAt: Date;
  /** When it ends by itself; `null` for never. */
  readonly expiresAt: Date | null;
}

/** An object by its type and identifier, as leases name it. */
export interface ResourceRow {
  readonly type: string;
  readonly id: string;
}

/** The leases and what they keep, as rows. */
export class LeaseTable {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  insert({ namespace, id, labels, createdAt, expiresAt }: LeaseRecord): void {
    this.#store
      .prepare("INSERT INTO leases (namespace, id, labels, created_at, expires_at) VALUES (?, ?, ?, ?, ?)")
      .run(namespace, id, mapToText(labels), createdAt.getTime(), expiresAt?.getTime() ?? null);
  }

  find(namespace: string, id: string): LeaseRecord | undefined {
    const row = this.#store.prepare("SELECT * FROM leases WHERE namespace = ? AND id = ?").get(namespace, id);
    return row && leaseFrom(row);
  }

  /** Ordered by id. */
  list(namespace: string): readonly LeaseRecord[] {
    return this.#store.prepare("SELECT * FROM leases WHERE namespace = ? ORDER BY id").all(namespace).map(leaseFrom);
  }

  /** Takes along what it keeps. */
  delete(namespace: string, id: string): void {
    this.#store.prepare("DELETE FROM leases WHERE namespace = ? AND id = ?").run(namespace, id);
  }

  /** Ids of the leases of a namespace that have ended. */
  expired(namespace: string, at: Date): readonly string[] {
    return this.#store
      .prepare("SELECT id FROM leases WHERE namespace = ? AND expires_at <= ?")
      .all(namespace, at.getTime())
      .map((row) => textOf(row, "id"));
  }

  /** When the next lease of any namespace ends; `null` if none does. */
  nextEnd(): Date | null {
    const row = this.#store.prepare("SELECT min(expires_at) AS next FROM leases").get();
    return row === undefined || row["next"] === null ? null : dateOf(row, "next");
  }

  /** Moves the ends that lie behind `after` by so many milliseconds. */
  moveEnds(after: Date, byMs: number): void {
    this.#store
      .prepare("UPDATE leases SET expires_at = expires_at + ? WHERE expires_at > ?")
      .run(Math.round(byMs), after.getTime());
  }

  /** Lets no lease end before `at`. */
  keepUntil(at: Date): void {
    this.#store.prepare("UPDATE leases SET expires_at = ? WHERE expires_at < ?").run(at.getTime(), at.getTime());
  }

  /** Adds an object to a lease, if it is not in it yet. */
  add(namespace: string, lease: string, { type, id }: ResourceRow): void {
    this.#store
      .prepare("INSERT INTO lease_resources (namespace, lease, type, id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING")
      .run(namespace, lease, type, id);
  }

  /** Returns whether the object was in the lease. */
  remove(namespace: string, lease: string, { type, id }: ResourceRow): boolean {
    const { changes } = this.#store
      .prepare("DELETE FROM lease_resources WHERE namespace = ? AND lease = ? AND type = ? AND id = ?")
      .run(namespace, lease, type, id);
    return changes === 1;
  }

  /** Takes an object that is gone from all leases of its namespace. */
  forget(namespace: string, { type, id }: ResourceRow): void {
    this.#store
      .prepare("DELETE FROM lease_resources WHERE namespace = ? AND type = ? AND id = ?")
      .run(namespace, type, id);
  }

  /** What a lease keeps, ordered by type and identifier. */
  resources(namespace: string, lease: string): readonly ResourceRow[] {
    return this.#store
      .prepare("SELECT type, id FROM lease_resources WHERE namespace = ? AND lease = ? ORDER BY type, id")
      .all(namespace, lease)
      .map((row) => ({ type: textOf(row, "type"), id: textOf(row, "id") }));
  }
}

function leaseFrom(row: Row): LeaseRecord {
  return {
    namespace: textOf(row, "namespace"),
    id: textOf(row, "id"),
    labels: mapOf(row, "labels"),
    createdAt: dateOf(row, "created_at"),
    expiresAt: row["expires_at"] === null ? null : dateOf(row, "expires_at"),
  };
}
