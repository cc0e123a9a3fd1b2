// For browsers: no Node module is reachable from here.
import { checkIdentifier } from "@gantry/api";
import { type Client, clientOver } from "./client.ts";
import { openWebConnection } from "./web-connection.ts";

export { isOperationError, OperationError } from "@gantry/api";
export { specFromAny } from "@gantry/api/spec";
export type * from "./surface.ts";

/** Where the daemon is, and how to speak with it. */
export interface ClientOptions {
  /** URL of a listener of the daemon, `https://HOST:PORT`. */
  readonly baseUrl: string;
  /** Two ways to say the same. Default: `connect`. */
  readonly protocol?: "connect" | "grpc-web";
  /** The namespace that calls concern. Default: `default`. */
  readonly namespace?: string;
  /** Shows who calls, over https or to this machine. Default: nothing is shown. */
  readonly token?: string;
  /** Makes the requests, to set credentials for example. Default: the browser's. */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * Makes a client for a daemon.
 *
 * Throws `invalid-argument`: the namespace has the wrong form, or the token would go over a network in clear.
 */
export function createClient(options: ClientOptions): Client {
  return clientOver(openWebConnection(options), checkIdentifier("namespace", options.namespace ?? "default"));
}
