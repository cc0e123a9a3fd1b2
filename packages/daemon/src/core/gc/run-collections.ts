import type { NewEvent } from "../../store/event-table.ts";
import type { Leases } from "../leases/leases.ts";
import type { CoreParts } from "../parts.ts";
import { systemClock } from "../supervision/clock.ts";
import type { GarbageCollector } from "./garbage-collector.ts";
import { contentObject, type GcObject, snapshotObject } from "./gc-object.ts";
import { type GcSchedule, GcScheduler } from "./scheduler.ts";

/** What collects, and the leases that it heeds. */
export interface CollectionParts {
  readonly collector: GarbageCollector;
  readonly leases: Leases;
  /** Default: the usual one. */
  readonly schedule?: GcSchedule | undefined;
}

/**
 * Lets the events of the daemon call for collections, and tell those that are under way what came to be. The first one takes
 * what a crash has left.
 */
export function runCollections(core: CoreParts, { collector, leases, schedule }: CollectionParts): GcScheduler {
  const { events, makings, log } = core;
  const collect = async (signal: AbortSignal) => {
    for (const { name } of core.namespaces.list()) {
      try {
        const { removed, busy } = await collector.collect(name, { signal });
        if (removed.length > 0) log.info({ namespace: name, removed: removed.length, busy: busy.length }, "collected");
      } catch (error) {
        if (signal.aborted) return;
        log.error({ err: error, namespace: name }, "garbage cannot be collected");
      }
    }
  };
  const scheduler = new GcScheduler({ clock: systemClock, collect, nextEndMs: () => leases.nextEndMs() }, schedule);
  events.onAppend((event) => {
    const object = madeBy(event);
    if (object !== undefined) makings.holds.touch(event.namespace, object);
    if (isRemoval(event)) scheduler.noteRemoval();
    else scheduler.noteChange();
  });
  leases.listen({ made: () => scheduler.noteLease(), released: () => scheduler.noteRemoval() });
  scheduler.noteRemoval();
  return scheduler;
}

/** What has come to be, or may refer to other things than before. */
function madeBy({ topic, subject, attributes }: NewEvent): GcObject | undefined {
  switch (topic) {
    case "container.created":
    case "container.updated":
      return { type: "container", id: subject };
    case "image.created":
    case "image.updated":
      return { type: "image", id: subject };
    case "content.committed":
      return contentObject(subject);
    case "snapshot.prepared":
    case "snapshot.committed":
      return snapshotObject(attributes?.get("snapshotter") ?? "", subject);
    default:
      return undefined;
  }
}

/** Whether something has gone that may have kept something; not what a collection itself removes. */
function isRemoval({ topic, attributes }: NewEvent): boolean {
  const isEnd = /^(?:container|image|content)\.deleted$|^snapshot\.(?:removed|committed)$|^image\.updated$/.test(topic);
  return isEnd && attributes?.get("reason") !== "garbage";
}
