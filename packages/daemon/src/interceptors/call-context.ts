import { randomUUID } from "node:crypto";
import { createContextKey, type HandlerContext } from "@connectrpc/connect";

/** The namespace that a call concerns; set by the namespace interceptor. */
export const namespaceKey = createContextKey("default", { description: "namespace" });

/** Id of the lease that a call adds to what it makes, `undefined` for none; set by the lease interceptor. */
export const leaseKey = createContextKey<string | undefined>(undefined, { description: "lease" });

/** Identifies a call in the log, and to the client by the header of the same name. */
export const requestIdKey = createContextKey("", { description: "request id" });

/** The header that carries a call's id, in both directions. */
export const requestIdHeader = "gantry-request-id";

/** Returns the namespace that the call of `context` concerns. */
export function namespaceOf(context: HandlerContext): string {
  return context.values.get(namespaceKey);
}

/** Under what the call of `context` makes things that may be collected one day; `undefined`: by hand. */
export function madeUnderOf(context: HandlerContext): { readonly lease: string } | undefined {
  const lease = context.values.get(leaseKey);
  return lease === undefined ? undefined : { lease };
}

/** Takes over the id that a client gave to its call, if it is a harmless one. */
export function requestIdFrom(given: string | null): string {
  return given !== null && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
}
