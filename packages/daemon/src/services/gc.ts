import type { ServiceImpl } from "@connectrpc/connect";
import type { GcService } from "@gantry/api/gantry/gc/v1";
import type { GarbageCollector } from "../core/gc/garbage-collector.ts";
import type { GcObject } from "../core/gc/gc-object.ts";
import { namespaceOf } from "../interceptors/call-context.ts";
import { objectFrom } from "./leases.ts";

/** How many objects an answer lists; far below the size of a message. */
const maxListed = 10_000;

/** Serves `gantry.gc.v1.GcService`. */
export function createGcService(collector: GarbageCollector): ServiceImpl<typeof GcService> {
  return {
    collectGarbage: async ({ dryRun }, context) => {
      const { signal } = context;
      const { removed, busy, keptCount } = await collector.collect(namespaceOf(context), { dryRun, signal });
      return { removed: listed(removed), removedCount: removed.length, busy: listed(busy), keptCount };
    },
    explainObject: async ({ object }, context) => {
      const path = await collector.explain(namespaceOf(context), objectFrom(object), context.signal);
      return { kept: path.length > 0, path: path.map((step) => ({ object: { ...step.object }, reason: step.why })) };
    },
  };
}

function listed(objects: readonly GcObject[]): { type: string; id: string }[] {
  return objects.slice(0, maxListed).map(({ type, id }) => ({ type, id }));
}
