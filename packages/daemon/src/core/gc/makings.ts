import { isOperationError, OperationError } from "@gantry/api";
import type { CollectableTable } from "../../store/collectable-table.ts";
import type { LeaseTable } from "../../store/lease-table.ts";
import type { Store } from "../../store/store.ts";
import { KeyedQueue } from "../keyed-queue.ts";
import { type GcObject, keyOf } from "./gc-object.ts";
import type { Holds } from "./holds.ts";

/** Under what something is made that garbage collection may remove one day. */
export interface MadeUnder {
  /** Id of a lease that it is added to. Default: none; then nothing keeps it but what comes to refer to it. */
  readonly lease?: string | undefined;
}

/** What is going to be made. */
export interface Making {
  readonly namespace: string;
  readonly object: GcObject;
  /** Absent: by hand, and so never collected. */
  readonly under?: MadeUnder | undefined;
  /** What is gone when it is made, as the key that a commit consumes. */
  readonly consumes?: GcObject;
  /** Whether it is there already. */
  readonly exists: () => Promise<boolean>;
}

/** What {@link Makings} needs. */
export interface MakingsOptions {
  readonly store: Store;
  readonly collectables: CollectableTable;
  readonly leases: LeaseTable;
  readonly holds: Holds;
}

/**
 * Keeps the record of what was made under a lease or for an image: that alone is ever collected. The record is written
 * before the object is made, and goes after it: an object without a record stays for ever, which is better than one that
 * goes although somebody made it by hand.
 */
export class Makings {
  readonly holds: Holds;
  readonly #store: Store;
  readonly #collectables: CollectableTable;
  readonly #leases: LeaseTable;
  readonly #queue = new KeyedQueue();

  constructor({ store, collectables, leases, holds }: MakingsOptions) {
    this.holds = holds;
    this.#store = store;
    this.#collectables = collectables;
    this.#leases = leases;
  }

  /**
   * Runs `work`, which makes the object, and keeps it from collection meanwhile. An object that was there before stays
   * what it was, and comes under the lease too.
   *
   * Rejects as `work` does, and with `not-found`: there is no such lease
   */
  async make<T>(making: Making, work: () => Promise<T>): Promise<T> {
    const { namespace, object, under, consumes } = making;
    using _hold = await this.holds.hold(namespace, [object]);
    const make = () => (under === undefined ? work() : this.#makeUnder(making, under, work));
    return this.#queue.run(`${namespace}/${keyOf(object)}`, () =>
      consumes === undefined ? make() : this.remove(namespace, consumes, make),
    );
  }

  /** Runs `work`, which removes the object; to be used for whatever may have been made under a lease. */
  async remove<T>(namespace: string, object: GcObject, work: () => Promise<T>): Promise<T> {
    if (!this.#collectables.has(namespace, object)) return work();
    this.#store.write(() => this.#collectables.setSettled(namespace, object, false));
    try {
      const result = await work();
      this.#store.write(() => {
        this.#collectables.delete(namespace, object);
        this.#leases.forget(namespace, object);
      });
      return result;
    } catch (error) {
      const isGone = isOperationError(error, "not-found") && error.subject.id === object.id;
      this.#store.write(() => {
        if (isGone) this.#collectables.delete(namespace, object);
        else this.#collectables.setSettled(namespace, object, true);
      });
      throw error;
    }
  }

  /** Lets an object that is there be collected when nothing keeps it, and adds it to the lease. */
  adopt(namespace: string, object: GcObject, under: MadeUnder = {}): void {
    this.holds.touch(namespace, object);
    this.#store.write(() => {
      this.#collectables.insert(namespace, object, true);
      this.#addTo(under, namespace, object);
    });
  }

  /** Lets an object stay until somebody removes it, as if it were made by hand. */
  disown(namespace: string, object: GcObject): void {
    if (!this.#collectables.has(namespace, object)) return;
    this.#store.transaction(() => this.#collectables.delete(namespace, object));
  }

  /** Adds an object to the lease, whoever made it. */
  keep(namespace: string, object: GcObject, under: MadeUnder): void {
    this.holds.touch(namespace, object);
    this.#store.write(() => this.#addTo(under, namespace, object));
  }

  /**
   * Finds out what became of what was being made or removed when the daemon ended; to be called before anything is made.
   *
   * @param exists - `undefined`: it cannot be known now
   */
  async settle(exists: (namespace: string, object: GcObject) => Promise<boolean | undefined>): Promise<void> {
    for (const { namespace, type, id } of this.#collectables.unsettled()) {
      const object = { type, id };
      const isThere = await exists(namespace, object);
      if (isThere === undefined) continue;
      this.#store.write(() => {
        if (isThere) this.#collectables.setSettled(namespace, object, true);
        else this.#collectables.delete(namespace, object);
      });
    }
  }

  async #makeUnder<T>({ namespace, object, exists }: Making, under: MadeUnder, work: () => Promise<T>): Promise<T> {
    const isNew = !(await exists());
    const fresh = this.#store.write(() => {
      this.#addTo(under, namespace, object);
      return isNew && this.#collectables.insert(namespace, object, false);
    });
    try {
      const result = await work();
      if (fresh) this.#store.write(() => this.#collectables.setSettled(namespace, object, true));
      return result;
    } catch (error) {
      this.#store.write(() => {
        if (fresh) this.#collectables.delete(namespace, object);
        const { lease } = under;
        if (isNew && lease !== undefined) this.#leases.remove(namespace, lease, object);
      });
      throw error;
    }
  }

  #addTo({ lease }: MadeUnder, namespace: string, object: GcObject): void {
    if (lease === undefined) return;
    if (this.#leases.find(namespace, lease) === undefined) throw noSuchLease(namespace, lease);
    this.#leases.add(namespace, lease, object);
  }
}

/** Says that a namespace has no such lease. */
export function noSuchLease(namespace: string, id: string): OperationError {
  return new OperationError("not-found", { type: "lease", id }, `there is no such lease in namespace ${namespace}`);
}
