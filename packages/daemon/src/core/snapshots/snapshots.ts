import {
  type CallOptions,
  type Mount,
  OperationError,
  type SnapshotFilter,
  type SnapshotInfo,
  type SnapshotOptions,
  type SnapshotUpdate,
  type SnapshotUpdateOptions,
  type SnapshotUsage,
} from "@gantry/api";
import type { EventTopic } from "../../store/event-table.ts";
import { type GcObject, snapshotObject, snapshotterOf } from "../gc/gc-object.ts";
import { labelReferences } from "../gc/label-references.ts";
import type { MadeUnder, Making } from "../gc/makings.ts";
import { isFound } from "../gc/object-exists.ts";
import { KeyedQueue } from "../keyed-queue.ts";
import type { CoreParts } from "../parts.ts";
import { ScopedSnapshotter } from "./scoped-snapshotter.ts";

/** Names one snapshot. */
export interface SnapshotRef {
  readonly namespace: string;
  /** Id of the snapshotter; empty for the default. */
  readonly snapshotter: string;
  /** Its key or name. */
  readonly name: string;
}

/** One namespace's view of a snapshotter, and the snapshotter's id. */
export interface FoundSnapshotter {
  readonly id: string;
  readonly snapshotter: ScopedSnapshotter;
}

/** Options of what makes a snapshot. */
export interface MakeSnapshotOptions extends SnapshotOptions {
  /** Absent: it is made by hand. */
  readonly under?: MadeUnder | undefined;
}

/** Options of {@link Snapshots.remove}. */
export interface RemoveOptions extends CallOptions {
  /** Id of the container that is being deleted and takes the snapshot along. */
  readonly exceptFor?: string;
}

/** The snapshots of all snapshotters, each in its namespace; what a container runs on is kept from removal. */
export class Snapshots {
  readonly #parts: CoreParts;
  /** Orders what takes a snapshot away with what begins to use it. */
  readonly #queue = new KeyedQueue();

  constructor(parts: CoreParts) {
    this.#parts = parts;
  }

  /** How many of them have work that has not ended. */
  get busy(): number {
    return this.#queue.size;
  }

  /**
   * Throws `not-found`: the snapshotter is not there
   *
   * @param id - empty for the default
   */
  snapshotter(namespace: string, id: string): FoundSnapshotter {
    const found = this.#parts.snapshotters.get(id);
    return { id: found.id, snapshotter: new ScopedSnapshotter(found.plugin, namespace) };
  }

  async prepare(ref: SnapshotRef, parent: string | null, options: MakeSnapshotOptions): Promise<readonly Mount[]> {
    const found = this.snapshotter(ref.namespace, ref.snapshotter);
    const { under, ...rest } = options;
    const making = this.#making(ref, found, under);
    return this.#parts.makings.make(making, async () => {
      const mounts = await found.snapshotter.prepare(ref.name, parent, rest);
      this.#announce("snapshot.prepared", ref, { snapshotter: found.id, parent });
      return mounts;
    });
  }

  async view(ref: SnapshotRef, parent: string | null, options: MakeSnapshotOptions): Promise<readonly Mount[]> {
    const found = this.snapshotter(ref.namespace, ref.snapshotter);
    const { under, ...rest } = options;
    const making = this.#making(ref, found, under);
    return this.#parts.makings.make(making, async () => {
      const mounts = await found.snapshotter.view(ref.name, parent, rest);
      this.#announce("snapshot.prepared", ref, { snapshotter: found.id, parent });
      return mounts;
    });
  }

  /** Makes the Committed snapshot `ref` of the Active one `key`. */
  commit(ref: SnapshotRef, key: string, { under, ...options }: MakeSnapshotOptions): Promise<void> {
    const found = this.snapshotter(ref.namespace, ref.snapshotter);
    const making = { ...this.#making(ref, found, under), consumes: snapshotObject(found.id, key) };
    return this.#parts.makings.make(making, () =>
      this.exclusively({ ...ref, name: key }, async () => {
        this.#refuseIfUsed({ ...ref, name: key }, found.id);
        await found.snapshotter.commit(ref.name, key, options);
        this.#announce("snapshot.committed", ref, { snapshotter: found.id });
      }),
    );
  }

  /** Rejects with `failed-precondition` also if a container runs on it, other than `options.exceptFor`. */
  remove(ref: SnapshotRef, options: RemoveOptions = {}): Promise<void> {
    const found = this.snapshotter(ref.namespace, ref.snapshotter);
    return this.exclusively(ref, async () => {
      this.#refuseIfUsed(ref, found.id, options.exceptFor);
      const object = snapshotObject(found.id, ref.name);
      await this.#parts.makings.remove(ref.namespace, object, () => found.snapshotter.remove(ref.name, options));
      this.#announce("snapshot.removed", ref, { snapshotter: found.id });
    });
  }

  /** Removes what garbage collection found; its record is the caller's. Rejects as {@link Snapshots.remove} does. */
  collect(namespace: string, object: GcObject): Promise<void> {
    const found = this.snapshotter(namespace, snapshotterOf(object) ?? "");
    const ref = { namespace, snapshotter: found.id, name: object.id };
    return this.exclusively(ref, async () => {
      this.#refuseIfUsed(ref, found.id);
      await found.snapshotter.remove(ref.name);
    });
  }

  mounts(ref: SnapshotRef, options: CallOptions): Promise<readonly Mount[]> {
    return this.snapshotter(ref.namespace, ref.snapshotter).snapshotter.mounts(ref.name, options);
  }

  stat(ref: SnapshotRef, options: CallOptions): Promise<SnapshotInfo> {
    return this.snapshotter(ref.namespace, ref.snapshotter).snapshotter.stat(ref.name, options);
  }

  /** Its labels may come to refer to something. */
  async update(ref: SnapshotRef, change: SnapshotUpdate, options: SnapshotUpdateOptions): Promise<SnapshotInfo> {
    const { id, snapshotter } = this.snapshotter(ref.namespace, ref.snapshotter);
    const referred = labelReferences(change.labels).keeps.map(({ to }) => to);
    const objects = [snapshotObject(id, ref.name), ...referred];
    using _hold = await this.#parts.makings.holds.hold(ref.namespace, objects);
    return await snapshotter.update(ref.name, change, options);
  }

  usage(ref: SnapshotRef, options: CallOptions): Promise<SnapshotUsage> {
    return this.snapshotter(ref.namespace, ref.snapshotter).snapshotter.usage(ref.name, options);
  }

  walk(namespace: string, snapshotter: string, filter: SnapshotFilter): AsyncIterable<SnapshotInfo> {
    return this.snapshotter(namespace, snapshotter).snapshotter.walk(filter);
  }

  /** Runs `work` while nothing else takes the snapshot away or begins to use it. */
  exclusively<T>(ref: SnapshotRef, work: () => Promise<T>): Promise<T> {
    const { id } = this.snapshotter(ref.namespace, ref.snapshotter);
    return this.#queue.run(`${id}/${ref.namespace}/${ref.name}`, work);
  }

  #making({ namespace, name }: SnapshotRef, { id, snapshotter }: FoundSnapshotter, under?: MadeUnder): Making {
    return { namespace, object: snapshotObject(id, name), under, exists: () => isFound(snapshotter.stat(name)) };
  }

  #refuseIfUsed(ref: SnapshotRef, snapshotter: string, exceptFor?: string): void {
    const all = this.#parts.tables.containers.usersOf(snapshotter, ref.namespace, ref.name);
    const users = all.filter((id) => id !== exceptFor);
    if (users.length === 0) return;
    const detail = `is the root file system of container ${users.map((id) => JSON.stringify(id)).join(", ")}`;
    throw new OperationError("failed-precondition", { type: "snapshot", id: ref.name }, detail);
  }

  /**
   * Written after the snapshotter has done its work, since that keeps its own records: a crash between the two, or a power
   * cut shortly after, loses the event, never the snapshot.
   */
  #announce(topic: EventTopic, ref: SnapshotRef, facts: Readonly<Record<string, string | null>>): void {
    const { store, namespaces, events } = this.#parts;
    const known = Object.entries(facts).flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
    const attributes = new Map(known);
    store.write(() => {
      namespaces.ensure(ref.namespace);
      events.append({ namespace: ref.namespace, topic, subject: ref.name, attributes });
    });
  }
}
