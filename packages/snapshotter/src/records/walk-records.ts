import type { SnapshotRecord } from "./record.ts";
import type { Listed, SnapshotStore } from "./store.ts";

/** How many records are read at once: what a walk holds besides its list, however long that is. */
const pageRecords = 256;

/**
 * Reads the records of a list page by page, each as it is when it is reached; those that are gone by then, or committed
 * under another name, are passed over.
 */
export function* walkRecords(store: SnapshotStore, listed: readonly Listed[]): Generator<SnapshotRecord, void, void> {
  for (let begin = 0; begin < listed.length; begin += pageRecords) {
    const page = listed.slice(begin, begin + pageRecords);
    const { changes } = store;
    const read = store.getAll(page.map(({ id }) => id));
    for (const { id, name } of page) {
      const record = store.changes === changes ? read.get(id) : store.get(id);
      if (record?.name === name) {
        yield record;
      }
    }
  }
}
