import type { Interceptor } from "@connectrpc/connect";
import { checkIdentifier } from "@gantry/api";
import { namespaceKey } from "./call-context.ts";

/** The name of ours goes first; the other is what containers' clients send already. */
const headers = ["gantry-namespace", "containerd-namespace"] as const;

/** Reads which namespace a call concerns, and refuses one that cannot be a namespace's name. */
export const namespaceInterceptor: Interceptor = (next) => async (request) => {
  const given = headers.map((name) => request.header.get(name)).find((value) => value !== null && value !== "");
  if (given) request.contextValues.set(namespaceKey, checkIdentifier("namespace", given));
  return next(request);
};
