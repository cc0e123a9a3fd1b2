import type { SnapshotDriver } from "./driver.ts";
import type { SnapshotStore } from "./records/store.ts";

/** How bytes and records differ. */
export interface Differences {
  /** Ids that have bytes and no record. */
  readonly leftovers: readonly number[];
  /** Ids that have a record and no bytes. */
  readonly broken: readonly number[];
  /** The highest id that has ever had a record, or has bytes; 0 if there is none. */
  readonly highestId: number;
}

/**
 * Compares the bytes that a driver has with the records of a store.
 *
 * @param making - ids whose bytes may be on their way; asked last, and left out of `leftovers`
 */
export async function findDifferences(
  driver: SnapshotDriver,
  store: SnapshotStore,
  making: ReadonlySet<number>,
): Promise<Differences> {
  // Records both before and after the look at the bytes: bytes come before their record, and go after it.
  const recorded = store.ids();
  const present = await driver.list();
  const recordedSince = store.ids();
  const bytes = new Set(present);
  return {
    leftovers: present.filter((id) => !recordedSince.has(id) && !making.has(id)),
    broken: [...recorded].filter((id) => !bytes.has(id) && recordedSince.has(id)),
    // Not of the records alone: bytes of a removed snapshot may be on their way out under a higher id than any of theirs.
    highestId: present.reduce((highest, id) => Math.max(highest, id), store.highestId()),
  };
}
