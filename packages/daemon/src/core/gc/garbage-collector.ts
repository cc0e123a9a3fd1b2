import { OperationError } from "@gantry/api";
import { KeyedQueue } from "../keyed-queue.ts";
import type { Leases } from "../leases/leases.ts";
import type { CoreParts } from "../parts.ts";
import type { Snapshots } from "../snapshots/snapshots.ts";
import { type GcObject, keyOf, subjectOf } from "./gc-object.ts";
import type { Cycle } from "./holds.ts";
import { GraphLoader } from "./load-graph.ts";
import { Marks, type Reached } from "./marks.ts";
import type { ObjectGraph } from "./object-graph.ts";
import { Slices } from "./slices.ts";
import { sweep } from "./sweep.ts";
import { referrersFirst } from "./sweep-order.ts";

/** How to collect. */
export interface CollectOptions {
  /** Whether to say only what would be removed. Default: false. */
  readonly dryRun?: boolean;
  /** Keys of the objects that may be removed. Default: all. */
  readonly only?: ReadonlySet<string>;
  readonly signal?: AbortSignal;
}

/** What a collection came to. */
export interface Collection {
  /** What is gone, or would be, in this order. */
  readonly removed: readonly GcObject[];
  /** What nothing keeps but somebody is at; it is left for the next time. */
  readonly busy: readonly GcObject[];
  /** How many objects something keeps. */
  readonly keptCount: number;
  /** How marking came to an object, from a root on; empty if nothing keeps it. */
  pathTo(object: GcObject): readonly Reached[];
}

/** A namespace as it was seen during one collection. */
interface Seen {
  readonly loader: GraphLoader;
  readonly graph: ObjectGraph;
  readonly marks: Marks;
  readonly cycle: Cycle;
  readonly breathe: () => Promise<void>;
}

/**
 * Removes what nothing keeps. It looks at everything first and marks what is reachable; what calls begin to rely on
 * meanwhile is marked too, asked anew before each removal. What refers to something goes before that, so that at any
 * instruction, and after a crash there, only unreachable things are gone, and the next collection finds the rest.
 */
export class GarbageCollector {
  readonly #parts: CoreParts;
  readonly #snapshots: Snapshots;
  readonly #leases: Leases;
  readonly #queue = new KeyedQueue();

  constructor(parts: CoreParts, snapshots: Snapshots, leases: Leases) {
    this.#parts = parts;
    this.#snapshots = snapshots;
    this.#leases = leases;
  }

  /** How many of them have work that has not ended. */
  get busy(): number {
    return this.#queue.size;
  }

  /** Collects in one namespace, one collection after the other. Rejects where it cannot be known what keeps what. */
  collect(namespace: string, options: CollectOptions = {}): Promise<Collection> {
    const { dryRun = false, signal } = options;
    return this.#see(namespace, signal, async (seen) => {
      if (!dryRun) this.#leases.dropExpired(namespace);
      const garbage = garbageOf(seen, options.only);
      const { graph, marks } = seen;
      const result = dryRun ? { removed: garbage, busy: [] } : await this.#sweep(namespace, garbage, seen);
      return { ...result, keptCount: graph.size - garbage.length, pathTo: (object) => marks.pathTo(object) };
    });
  }

  /**
   * Says how the object is kept, from something that is kept for itself to the object; empty if nothing keeps it.
   *
   * Rejects with
   * - `not-found`: there is no such object
   * - `invalid-argument`: nothing has such a type
   */
  explain(namespace: string, given: GcObject, signal?: AbortSignal): Promise<readonly Reached[]> {
    const object = given.type === "lease" ? given : this.#leases.resource(given);
    return this.#see(namespace, signal, async ({ graph, marks }) => {
      if (graph.has(object)) return marks.pathTo(object);
      throw new OperationError("not-found", subjectOf(object), `is not there, in namespace ${namespace}`);
    });
  }

  /** Looks at the namespace, marks what is reachable now, and runs `work`. */
  #see<T>(namespace: string, signal: AbortSignal | undefined, work: (seen: Seen) => Promise<T>): Promise<T> {
    return this.#queue.run("", async () => {
      signal?.throwIfAborted();
      const slices = new Slices();
      const breathe = () => slices.breathe(signal);
      // Begun first: what comes to be between two of the looks below is spared.
      using cycle = this.#parts.makings.holds.beginCycle(namespace);
      const leases = this.#leases.list(namespace);
      const loader = new GraphLoader(this.#parts, { namespace, leases, breathe });
      const graph = await loader.load();
      const marks = new Marks();
      await marks.spread(graph.roots(), graph.referencesOf, breathe);
      const seen = { loader, graph, marks, cycle, breathe };
      await markNew(seen);
      // Awaited here: the cycle is to last as long as the work.
      return await work(seen);
    });
  }

  #sweep(namespace: string, garbage: readonly GcObject[], seen: Seen): Promise<Pick<Collection, "removed" | "busy">> {
    const { cycle, marks, breathe } = seen;
    return sweep(this.#parts, {
      namespace,
      garbage,
      breathe,
      hasNew: () => cycle.hasNew,
      markNew: () => markNew(seen),
      isMarked: (object) => marks.has(object),
      remove: (object) => this.#remove(namespace, object),
    });
  }

  async #remove(namespace: string, object: GcObject): Promise<void> {
    const { type, id } = object;
    if (type === "content" || type === "ingest") {
      const content = this.#parts.contents.get("").plugin.store.in(namespace);
      await (type === "content" ? content.delete(id) : content.abort(id));
      return;
    }
    await this.#snapshots.collect(namespace, object);
  }
}

/** Marks what came to be held since the last time, and what that refers to now. */
async function markNew({ loader, graph, marks, cycle, breathe }: Seen): Promise<void> {
  const fresh = cycle.takeNew();
  for (const object of fresh) {
    await loader.reload(graph, object);
    await breathe();
  }
  const roots = fresh.map((object) => ({ object, why: "a call works with it" }));
  await marks.spread(roots, graph.referencesOf, breathe);
}

function garbageOf({ graph, marks }: Seen, only?: ReadonlySet<string>): readonly GcObject[] {
  const unmarked = graph.unmarked(marks).filter((object) => only?.has(keyOf(object)) ?? true);
  return referrersFirst(unmarked, graph.referencesOf);
}
