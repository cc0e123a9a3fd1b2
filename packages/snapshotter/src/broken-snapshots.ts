import { OperationError } from "@gantry/api";
import { snapshotSubject } from "./names.ts";
import type { SnapshotStore } from "./records/store.ts";

/** Ids of records whose bytes something else has taken away. */
export class BrokenSnapshots {
  readonly #store: SnapshotStore;
  readonly #ids: Set<number>;

  constructor(store: SnapshotStore, ids: Iterable<number>) {
    this.#store = store;
    this.#ids = new Set(ids);
  }

  add(id: number): void {
    this.#ids.add(id);
  }

  delete(id: number): void {
    this.#ids.delete(id);
  }

  /** Returns the names of those that still have a record, in no order. */
  names(): readonly string[] {
    return [...this.#ids].flatMap((id) => this.#store.get(id)?.name ?? []);
  }

  /**
   * Throws `data-loss` about `name` if one of `ids` is broken.
   *
   * @param ids - of the snapshot, or of those below it
   */
  demandWhole(name: string, ids: readonly number[]): void {
    const missing = ids.find((id) => this.#ids.has(id));
    if (missing !== undefined) {
      const lost = this.#store.get(missing)?.name ?? "";
      const whose = lost === name ? "its files are" : `the files of ${JSON.stringify(lost)} below it are`;
      throw new OperationError("data-loss", snapshotSubject(name), `${whose} missing`);
    }
  }
}
