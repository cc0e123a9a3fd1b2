import type { Transport } from "@connectrpc/connect";
import { checkIdentifier } from "@gantry/api";
import { defaultAddress } from "./address.ts";
import { type Client, clientOver } from "./client.ts";
import { type Credentials, credentialsFrom, type TlsCredentials } from "./credentials.ts";
import { lossOf, openNodeConnection, type Protocol } from "./node-connection.ts";

/** Where the daemon is, and how to speak with it. */
export interface ClientOptions {
  /** `unix:///PATH`, `http://HOST:PORT` or `https://HOST:PORT`. Default: {@link defaultAddress}. */
  readonly address?: string;
  /** The namespace that calls concern. Default: `GANTRY_NAMESPACE`, else `default`. */
  readonly namespace?: string;
  /** Three ways to say the same. Default: `grpc`. */
  readonly protocol?: Protocol;
  /** Shows who calls, over https or to this machine. Default: `GANTRY_TOKEN`, else what is in `GANTRY_TOKEN_FILE`. */
  readonly token?: string;
  /** For `https://` addresses. Default: the files `GANTRY_TLS_CA`, `GANTRY_TLS_CERT` and `GANTRY_TLS_KEY`, each if named. */
  readonly tls?: TlsCredentials;
  /** A transport of the caller's own, in place of a connection to `address`, which then only names it in errors. */
  readonly transport?: Transport;
}

/**
 * Makes a client for a daemon; connects with the first call.
 *
 * Throws `invalid-argument`: the address or the namespace has the wrong form, a file cannot be read, or the token would go
 * over a network in clear.
 */
export function createClient(options: ClientOptions = {}): Client {
  const { address = defaultAddress(), protocol = "grpc", transport } = options;
  const namespace = checkIdentifier("namespace", options.namespace ?? (process.env["GANTRY_NAMESPACE"] || "default"));
  const connection =
    transport === undefined
      ? openNodeConnection(address, protocol, () => credentialsOf(options))
      : { transport, address, lossOf, close: () => undefined };
  return clientOver(connection, namespace);
}

function credentialsOf({ token, tls }: ClientOptions): Credentials {
  const named = credentialsFrom(process.env);
  return { ...named, ...(token !== undefined && { token }), ...(tls !== undefined && { tls }) };
}
