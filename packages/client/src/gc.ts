import type { CallOptions } from "@gantry/api";
import type { Resource } from "@gantry/api/gantry/leases/v1";
import type { ObjectRef } from "./leases.ts";
import type { RawClients } from "./raw.ts";
import { required } from "./values.ts";

/** Options of {@link GcClient.collect}. */
export interface CollectOptions extends CallOptions {
  /** Whether to say only what would be removed. Default: false. */
  readonly dryRun?: boolean;
}

/** What a collection came to. */
export interface CollectedGarbage {
  /** What was removed, or would be, in this order; the first 10,000. */
  readonly removed: readonly ObjectRef[];
  /** How many there were of these. */
  readonly removedCount: number;
  /** What nothing keeps but somebody is at, so that it was left for the next time. */
  readonly busy: readonly ObjectRef[];
  /** How many objects stay. */
  readonly keptCount: number;
}

/** One object that is kept, and why. */
export interface KeepingStep {
  readonly object: ObjectRef;
  /** Of the first step why it is kept for itself, of the others why the one before keeps it; in English. */
  readonly reason: string;
}

/** The garbage collection of the client's namespace. The daemon also collects of its own accord. */
export interface GcClient {
  /** Removes what nothing keeps any more, and resolves when that is done. */
  collect(options?: CollectOptions): Promise<CollectedGarbage>;

  /**
   * Returns what keeps an object: a way from something that is kept for itself to the object, which is last; empty if
   * nothing keeps it.
   *
   * Rejects with
   * - `not-found`: there is no such object
   * - `invalid-argument`: nothing has such a type
   */
  explain(object: ObjectRef, options?: CallOptions): Promise<readonly KeepingStep[]>;
}

export function createGc({ gc: raw }: RawClients): GcClient {
  return {
    async collect({ dryRun = false, ...options } = {}) {
      const { removed, removedCount, busy, keptCount } = await raw.collectGarbage({ dryRun }, options);
      return { removed: removed.map(refFrom), removedCount, busy: busy.map(refFrom), keptCount };
    },
    async explain({ type, id }, options = {}) {
      const { path } = await raw.explainObject({ object: { type, id } }, options);
      return path.map(({ object, reason }) => ({ object: refFrom(required(object, "object")), reason }));
    },
  };
}

function refFrom({ type, id }: Resource): ObjectRef {
  return { type, id };
}
