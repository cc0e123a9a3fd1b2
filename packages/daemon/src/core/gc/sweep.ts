import { isOperationError } from "@gantry/api";
import type { CoreParts } from "../parts.ts";
import { type GcObject, snapshotterOf } from "./gc-object.ts";

/** What to remove, and how. */
export interface Sweep {
  readonly namespace: string;
  /** In the order of removal. */
  readonly garbage: readonly GcObject[];
  /** Whether calls have come to rely on something that was not marked yet. */
  readonly hasNew: () => boolean;
  /** Marks that. */
  readonly markNew: () => Promise<void>;
  readonly isMarked: (object: GcObject) => boolean;
  readonly remove: (object: GcObject) => Promise<void>;
  /** Awaited between steps. */
  readonly breathe: () => Promise<void>;
}

/** What became of it. */
export interface Swept {
  readonly removed: readonly GcObject[];
  /** What somebody is at. */
  readonly busy: readonly GcObject[];
}

type SweepParts = Pick<CoreParts, "store" | "tables" | "events" | "makings" | "log">;

/**
 * Removes objects one by one: first it is on record that nobody knows whether the object is there, then it goes, then its
 * record does. After a crash in between the next start finds out.
 */
export async function sweep(parts: SweepParts, work: Sweep): Promise<Swept> {
  const removed: GcObject[] = [];
  const busy: GcObject[] = [];
  for (const object of work.garbage) {
    await work.breathe();
    while (work.hasNew()) await work.markNew();
    // Nothing is awaited from here until the removal has begun, so that nobody can come to rely on the object in between;
    // who does from then on waits for its end.
    if (work.isMarked(object)) continue;
    const isGone = await parts.makings.holds.removing(work.namespace, object, () => removeOne(parts, work, object));
    (isGone ? removed : busy).push(object);
  }
  return { removed, busy };
}

/** Returns whether the object is gone. One that cannot be removed never keeps the others from it. */
async function removeOne({ store, tables, events, log }: SweepParts, work: Sweep, object: GcObject): Promise<boolean> {
  const { namespace, remove } = work;
  store.write(() => tables.collectables.setSettled(namespace, object, false));
  const failure = await remove(object).catch((error: unknown) => error ?? "no reason");
  if (failure !== undefined && !isOperationError(failure, "not-found")) {
    store.write(() => tables.collectables.setSettled(namespace, object, true));
    // Something stands on it, or somebody has it open.
    if (isOperationError(failure, "failed-precondition", "unavailable")) return false;
    log.warn({ err: failure, namespace, ...object }, "what nothing keeps any more cannot be removed");
    return false;
  }
  store.write(() => {
    tables.collectables.delete(namespace, object);
    const snapshotter = snapshotterOf(object);
    const attributes = new Map([["reason", "garbage"]]);
    if (snapshotter !== undefined) attributes.set("snapshotter", snapshotter);
    const topic = snapshotter === undefined ? "content.deleted" : "snapshot.removed";
    if (object.type !== "ingest") events.append({ namespace, topic, subject: object.id, attributes });
  });
  return true;
}
