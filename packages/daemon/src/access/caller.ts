import { createContextKey, type HandlerContext } from "@connectrpc/connect";
import type { Grant } from "./role.ts";

/** Who calls. */
export interface Caller {
  /** Who it is, for the log: a user and a process, a token's name, an address. Holds no secret. */
  readonly facts: Readonly<Record<string, string | number>>;
  /** What it may do; `null` for somebody who has shown nothing. */
  readonly grant: Grant | null;
  /** Aborted when what the caller has shown is no longer worth anything. Default: that never happens. */
  readonly ended?: AbortSignal;
}

/** Of calls whose listener says nothing. */
const nobody: Caller = { facts: {}, grant: null };

/** Who makes a call; set by the listener. */
export const callerKey = createContextKey<Caller>(nobody, { description: "caller" });

/** Returns who makes the call of `context`. */
export function callerOf(context: HandlerContext): Caller {
  return context.values.get(callerKey);
}

/** Whoever may open the daemon's own socket may do everything. */
export function localCaller(facts: Caller["facts"]): Caller {
  return { facts, grant: { role: "admin", namespaces: "all" } };
}
