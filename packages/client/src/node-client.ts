import type { Transport } from "@connectrpc/connect";
import { checkIdentifier } from "@gantry/api";
import { defaultAddress } from "./address.ts";
import { type Client, clientOver } from "./client.ts";
import { lossOf, openNodeConnection, type Protocol } from "./node-connection.ts";

/** Where the daemon is, and how to speak with it. */
export interface ClientOptions {
  /** `unix:///PATH`, `http://HOST:PORT` or `https://HOST:PORT`. Default: {@link defaultAddress}. */
  readonly address?: string;
  /** The namespace that calls concern. Default: `GANTRY_NAMESPACE`, else `default`. */
  readonly namespace?: string;
  /** Three ways to say the same. Default: `grpc`. */
  readonly protocol?: Protocol;
  /** A transport of the caller's own, in place of a connection to `address`, which then only names it in errors. */
  readonly transport?: Transport;
}

/**
 * Makes a client for a daemon; connects with the first call.
 *
 * Throws `invalid-argument`: the address or the namespace has the wrong form.
 */
export function createClient(options: ClientOptions = {}): Client {
  const { address = defaultAddress(), protocol = "grpc", transport } = options;
  const namespace = checkIdentifier("namespace", options.namespace ?? (process.env["GANTRY_NAMESPACE"] || "default"));
  const connection =
    transport === undefined
      ? openNodeConnection(address, protocol)
      : { transport, address, lossOf, close: () => undefined };
  return clientOver(connection, namespace);
}
