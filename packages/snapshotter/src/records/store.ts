import type { SnapshotFilter, SnapshotUsage } from "@gantry/api";
import type { SnapshotRecord } from "./record.ts";

/** What a new Active record says. */
export interface NewActive {
  readonly id: number;
  readonly name: string;
  readonly readonly: boolean;
  readonly parentId: number | null;
  readonly labels: ReadonlyMap<string, string>;
  readonly at: Date;
}

/** What a new Committed record says; its id and parent are those of the key it is made from. */
export interface NewCommitted {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly usage: SnapshotUsage;
  readonly at: Date;
}

/** A snapshot's place in a list. */
export interface Listed {
  readonly id: number;
  readonly name: string;
}

/**
 * Keeps the records of snapshots, not their bytes.
 *
 * Each change is one transaction that has reached the disk when its promise resolves. The rules are checked by
 * `createSnapshotter` before it calls; what breaks one here all the same is refused by the schema, as `internal`.
 *
 * Every method rejects or throws with
 * - `resource-exhausted`: no room left for the records
 * - `data-loss`: the file is damaged
 * - `internal`: anything else that SQLite reports
 */
export interface SnapshotStore {
  /** The snapshot of either kind that is called `name`. */
  find(name: string): SnapshotRecord | undefined;
  /** The snapshot whose bytes are `id`. */
  get(id: number): SnapshotRecord | undefined;
  /** The snapshots among `ids`, by id; reads many for little more than one. */
  getAll(ids: readonly number[]): ReadonlyMap<number, SnapshotRecord>;
  /** Grows with every change: what was read at the same number still holds. */
  readonly changes: number;
  /** The ids of the snapshot's parent, the parent's parent and so on, nearest first. */
  ancestors(id: number): readonly number[];
  /** How many snapshots have this one as their parent. */
  childCount(id: number): number;
  /** The snapshots that match, ordered by the UTF-8 bytes of their names. */
  list(filter: SnapshotFilter): readonly Listed[];
  /** The ids of all snapshots. */
  ids(): ReadonlySet<number>;
  /** The highest id that was ever recorded, 0 before the first. */
  highestId(): number;

  addActive(snapshot: NewActive): Promise<void>;
  /** Deletes the Active record `id` and adds a Committed one with the same id and parent. */
  replaceByCommitted(id: number, snapshot: NewCommitted): Promise<void>;
  setLabels(id: number, labels: ReadonlyMap<string, string>, at: Date): Promise<void>;
  delete(id: number): Promise<void>;
  /** Releases the file and the lock on its directory. Idempotent. */
  close(): Promise<void>;
}
