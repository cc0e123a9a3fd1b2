import { randomUUID } from "node:crypto";
import { createContextKey, type HandlerContext } from "@connectrpc/connect";

/** The namespace that a call concerns; set by the namespace interceptor. */
export const namespaceKey = createContextKey("default", { description: "namespace" });

/** Identifies a call in the log, and to the client by the header of the same name. */
export const requestIdKey = createContextKey("", { description: "request id" });

/** The header that carries a call's id, in both directions. */
export const requestIdHeader = "gantry-request-id";

/** Returns the namespace that the call of `context` concerns. */
export function namespaceOf(context: HandlerContext): string {
  return context.values.get(namespaceKey);
}

/** Takes over the id that a client gave to its call, if it is a harmless one. */
export function requestIdFrom(given: string | null): string {
  return given !== null && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
}
