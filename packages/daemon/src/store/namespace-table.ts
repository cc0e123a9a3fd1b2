import { dateOf, mapOf, mapToText, type Row, textOf } from "./row.ts";
import type { Store } from "./store.ts";

/** A tenant. */
export interface NamespaceRecord {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The namespaces, as rows. */
export class NamespaceTable {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Returns whether the namespace is new. */
  insert({ name, labels, createdAt, updatedAt }: NamespaceRecord): boolean {
    const { changes } = this.#store
      .prepare(
        "INSERT INTO namespaces (name, labels, created_at, updated_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
      )
      .run(name, mapToText(labels), createdAt.getTime(), updatedAt.getTime());
    return changes === 1;
  }

  find(name: string): NamespaceRecord | undefined {
    const row = this.#store.prepare("SELECT * FROM namespaces WHERE name = ?").get(name);
    return row && namespaceFrom(row);
  }

  /** Ordered by name. */
  list(): readonly NamespaceRecord[] {
    return this.#store.prepare("SELECT * FROM namespaces ORDER BY name").all().map(namespaceFrom);
  }

  setLabels(name: string, labels: ReadonlyMap<string, string>, updatedAt: Date): void {
    this.#store
      .prepare("UPDATE namespaces SET labels = ?, updated_at = max(updated_at, ?) WHERE name = ?")
      .run(mapToText(labels), updatedAt.getTime(), name);
  }

  delete(name: string): void {
    this.#store.prepare("DELETE FROM namespaces WHERE name = ?").run(name);
  }
}

function namespaceFrom(row: Row): NamespaceRecord {
  return {
    name: textOf(row, "name"),
    labels: mapOf(row, "labels"),
    createdAt: dateOf(row, "created_at"),
    updatedAt: dateOf(row, "updated_at"),
  };
}
