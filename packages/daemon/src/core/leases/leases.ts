import { checkIdentifier, checkLabels, OperationError, type Subject } from "@gantry/api";
import type { LeaseRecord } from "../../store/lease-table.ts";
import { type GcObject, subjectOf as subjectOfObject } from "../gc/gc-object.ts";
import { gcLabel } from "../gc/label-references.ts";
import { noSuchLease } from "../gc/makings.ts";
import { objectExists } from "../gc/object-exists.ts";
import type { CoreParts } from "../parts.ts";
import { LeaseClock } from "./lease-clock.ts";

/** How long leases last at least that the daemon finds at its start: their holders may not have been able to come. */
const startGraceMs = 5 * 60_000;

/** Names one lease. */
export interface LeaseRef {
  readonly namespace: string;
  readonly id: string;
}

/** What to make. */
export interface NewLease extends LeaseRef {
  readonly labels: ReadonlyMap<string, string>;
  /** How it ends by itself: at a time, or so many milliseconds from now. Absent: as its label `gc.expire` says, or never. */
  readonly end?: { readonly at: Date } | { readonly afterMs: number };
}

/** Hears of leases. */
export interface LeaseListener {
  /** There is one more, which may be the next to end. */
  made(): void;
  /** One has ended before its time, or has let go of something. */
  released(): void;
}

/** Types of what a lease can keep; besides snapshots. */
const types: ReadonlySet<string> = new Set(["content", "ingest", "image", "container"]);

/** What keeps objects from being collected while somebody works with them, in all namespaces. */
export class Leases {
  readonly #parts: CoreParts;
  readonly #clock: LeaseClock;
  #listener: LeaseListener | undefined;

  constructor(parts: CoreParts) {
    this.#parts = parts;
    const { store, tables, now, clock, log } = parts;
    store.write(() => tables.leases.keepUntil(new Date(now().getTime() + startGraceMs)));
    this.#clock = new LeaseClock({ now, elapsedMs: () => clock.now() }, (before, byMs) => {
      log.warn({ byMs: Math.round(byMs) }, "the clock was set; the ends of leases move along");
      store.write(() => tables.leases.moveEnds(before, byMs));
    });
  }

  /** Hears of the leases from now on. */
  listen(listener: LeaseListener): void {
    this.#listener = listener;
  }

  /** One that ends by itself may be lost in a power cut, which ends its holder's work too. */
  async create(lease: NewLease): Promise<LeaseRecord> {
    const { namespace, id, labels } = lease;
    checkIdentifier("lease", id);
    checkLabels(subjectOf(id), labels);
    const { store, tables, namespaces } = this.#parts;
    const createdAt = this.#clock.now();
    const expiresAt = endOf(lease, createdAt);
    const record = { namespace, id, labels, createdAt, expiresAt };
    store.write(() => {
      if (tables.leases.find(namespace, id) !== undefined) {
        throw new OperationError("already-exists", subjectOf(id), `namespace ${namespace} has a lease of this id`);
      }
      namespaces.ensure(namespace);
      tables.leases.insert(record);
    });
    this.#listener?.made();
    if (expiresAt === null) await store.synced();
    return record;
  }

  /** Throws `not-found`: there is none of this id */
  get({ namespace, id }: LeaseRef): LeaseRecord {
    const record = this.#parts.tables.leases.find(namespace, id);
    if (record === undefined) throw noSuchLease(namespace, id);
    return record;
  }

  /** Those that have not ended, ordered by id. */
  list(namespace: string): readonly LeaseRecord[] {
    const now = this.#clock.now();
    return this.#parts.tables.leases.list(namespace).filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
  }

  delete(ref: LeaseRef): void {
    const { store, tables } = this.#parts;
    store.write(() => {
      this.get(ref);
      tables.leases.delete(ref.namespace, ref.id);
    });
    this.#listener?.released();
  }

  /** Removes the leases of a namespace that have ended. */
  dropExpired(namespace: string): void {
    const { store, tables } = this.#parts;
    const ended = tables.leases.expired(namespace, this.#clock.now());
    if (ended.length === 0) return;
    store.write(() => {
      for (const id of ended) tables.leases.delete(namespace, id);
    });
  }

  /** How long it is until the next lease ends, in milliseconds; `null` if none does. */
  nextEndMs(): number | null {
    const now = this.#clock.now();
    const next = this.#parts.tables.leases.nextEnd();
    return next === null ? null : Math.max(0, next.getTime() - now.getTime());
  }

  /** Adds an object that is there. */
  async addResource(ref: LeaseRef, given: GcObject): Promise<void> {
    const { namespace, id } = ref;
    this.get(ref);
    const object = this.resource(given);
    // Held, so that it cannot go between the look and the record.
    using _hold = await this.#parts.makings.holds.hold(namespace, [object]);
    if (!(await objectExists(this.#parts, namespace, object))) {
      throw new OperationError("not-found", subjectOfObject(object), "is not there, so no lease can keep it");
    }
    await this.#parts.store.commit(() => {
      this.get(ref);
      this.#parts.tables.leases.add(namespace, id, object);
    });
  }

  removeResource(ref: LeaseRef, given: GcObject): void {
    const { store, tables } = this.#parts;
    const object = this.resource(given);
    store.write(() => {
      this.get(ref);
      if (tables.leases.remove(ref.namespace, ref.id, object)) return;
      throw new OperationError("not-found", subjectOf(ref.id), `has no ${object.type} ${JSON.stringify(object.id)}`);
    });
    this.#listener?.released();
  }

  /** Ordered by type and identifier. */
  resources(ref: LeaseRef): readonly GcObject[] {
    this.get(ref);
    return this.#parts.tables.leases.resources(ref.namespace, ref.id);
  }

  /**
   * Returns an object as clients name it, with the default snapshotter named.
   *
   * Throws `invalid-argument`: nothing that a lease keeps is of this type
   */
  resource({ type, id }: GcObject): GcObject {
    if (types.has(type)) return { type, id };
    if (type === "snapshot" || type === "snapshot/") {
      return { type: `snapshot/${this.#parts.snapshotters.get("").id}`, id };
    }
    if (type.startsWith("snapshot/")) return { type, id };
    const known = [...types, "snapshot", "snapshot/SNAPSHOTTER"].join(", ");
    throw new OperationError(
      "invalid-argument",
      subjectOfObject({ type, id }),
      `has no type of an object; types are ${known}`,
    );
  }
}

function endOf({ id, labels, end }: NewLease, createdAt: Date): Date | null {
  if (end !== undefined) return "at" in end ? end.at : new Date(createdAt.getTime() + end.afterMs);
  const label = gcLabel(labels, "expire");
  if (label === undefined) return null;
  const at = new Date(label);
  if (!Number.isNaN(at.getTime())) return at;
  const detail = `its label gc.expire is no time of RFC 3339: ${JSON.stringify(label.slice(0, 64))}`;
  throw new OperationError("invalid-argument", subjectOf(id), detail);
}

function subjectOf(id: string): Subject {
  return { type: "lease", id };
}
