import { OperationError } from "@gantry/api";
import { isPossibleName, snapshotSubject } from "./names.ts";
import type { SnapshotRecord } from "./records/record.ts";
import type { SnapshotStore } from "./records/store.ts";

/**
 * What a call demands of the snapshots that it names. Each method returns what it found or throws the rejection that
 * the contract promises; the caller has the names in turn, so the answer holds until it is done.
 */
export class Rules {
  readonly #store: SnapshotStore;

  constructor(store: SnapshotStore) {
    this.#store = store;
  }

  /** Throws `not-found`: nothing is called `name`. */
  existing(name: string): SnapshotRecord {
    const record = isPossibleName(name) ? this.#store.find(name) : undefined;
    if (record === undefined) {
      throw new OperationError("not-found", snapshotSubject(name), "does not exist");
    }
    return record;
  }

  /** Throws `already-exists`: a snapshot of either kind is called `name`. */
  free(name: string): void {
    const record = this.#store.find(name);
    if (record !== undefined) {
      const kind = record.kind === "active" ? "an active" : "a committed";
      throw new OperationError("already-exists", snapshotSubject(name), `names ${kind} snapshot`);
    }
  }

  /** Throws `not-found`; `failed-precondition`: `name` is Active. */
  parent(name: string): SnapshotRecord {
    const record = this.existing(name);
    if (record.kind !== "committed") {
      throw refused(name, "is active and cannot be a parent, only a committed snapshot can");
    }
    return record;
  }

  /** Throws `not-found`; `failed-precondition`: `key` is Committed. */
  mountable(key: string): SnapshotRecord {
    const record = this.existing(key);
    if (record.kind !== "active") {
      throw refused(key, "is committed and has no mounts, make a view of it instead");
    }
    return record;
  }

  /** Throws `not-found`; `failed-precondition`: `key` is Committed, or a view. */
  committable(key: string): SnapshotRecord {
    const record = this.existing(key);
    if (record.kind !== "active") {
      throw refused(key, "is committed already, only an active snapshot can be committed");
    }
    if (record.readonly) {
      throw refused(key, "is a view and cannot be committed");
    }
    return record;
  }

  /** Throws `not-found`; `failed-precondition`: another snapshot has `name` as its parent. */
  removable(name: string): SnapshotRecord {
    const record = this.existing(name);
    const children = this.#store.childCount(record.id);
    if (children > 0) {
      const those = children === 1 ? "1 snapshot that has" : `${children} snapshots that have`;
      throw refused(name, `cannot be removed before the ${those} it as parent`);
    }
    return record;
  }
}

function refused(name: string, detail: string): OperationError {
  return new OperationError("failed-precondition", snapshotSubject(name), detail);
}
