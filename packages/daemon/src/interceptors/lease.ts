import type { Interceptor } from "@connectrpc/connect";
import { checkIdentifier } from "@gantry/api";
import { leaseKey } from "./call-context.ts";

/** The name of ours goes first; the other is what containers' clients send already. */
const headers = ["gantry-lease", "containerd-lease"] as const;

/** Reads to which lease a call adds what it makes, and refuses what cannot be a lease's id. */
export const leaseInterceptor: Interceptor = (next) => async (request) => {
  const given = headers.map((name) => request.header.get(name)).find((value) => value !== null && value !== "");
  if (given) request.contextValues.set(leaseKey, checkIdentifier("lease", given));
  return next(request);
};
