import type { ResourceRow } from "./lease-table.ts";
import { textOf } from "./row.ts";
import type { Store } from "./store.ts";

/**
 * Which objects garbage collection may remove at all, as rows: those that were made under a lease, or for an image. A row is
 * unsettled while its object is being made or removed: after a crash nobody knows whether it is there.
 */
export class CollectableTable {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Returns whether the row is new. */
  insert(namespace: string, { type, id }: ResourceRow, settled: boolean): boolean {
    const { changes } = this.#store
      .prepare("INSERT INTO collectables (namespace, type, id, settled) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING")
      .run(namespace, type, id, Number(settled));
    return changes === 1;
  }

  has(namespace: string, { type, id }: ResourceRow): boolean {
    return (
      this.#store
        .prepare("SELECT settled FROM collectables WHERE namespace = ? AND type = ? AND id = ?")
        .get(namespace, type, id) !== undefined
    );
  }

  setSettled(namespace: string, { type, id }: ResourceRow, settled: boolean): void {
    this.#store
      .prepare("UPDATE collectables SET settled = ? WHERE namespace = ? AND type = ? AND id = ?")
      .run(Number(settled), namespace, type, id);
  }

  delete(namespace: string, { type, id }: ResourceRow): void {
    this.#store
      .prepare("DELETE FROM collectables WHERE namespace = ? AND type = ? AND id = ?")
      .run(namespace, type, id);
  }

  /** In no order; the unsettled ones too. */
  list(namespace: string): readonly ResourceRow[] {
    return this.#store
      .prepare("SELECT type, id FROM collectables WHERE namespace = ?")
      .all(namespace)
      .map((row) => ({ type: textOf(row, "type"), id: textOf(row, "id") }));
  }

  /** Of all namespaces. */
  unsettled(): readonly (ResourceRow & { readonly namespace: string })[] {
    return this.#store
      .prepare("SELECT namespace, type, id FROM collectables WHERE settled = 0")
      .all()
      .map((row) => ({ namespace: textOf(row, "namespace"), type: textOf(row, "type"), id: textOf(row, "id") }));
  }
}
