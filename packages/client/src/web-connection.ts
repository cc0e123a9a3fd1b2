import type { ConnectError } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import type { Connection } from "./operation-transport.ts";
import { authorizationFor } from "./token-header.ts";

/** What a connection from a browser needs. */
export interface WebConnectionOptions {
  readonly baseUrl: string;
  readonly protocol?: "connect" | "grpc-web";
  readonly token?: string;
  readonly fetch?: typeof globalThis.fetch;
}

/** Prepares requests from a browser; nothing is sent before the first call. */
export function openWebConnection(given: WebConnectionOptions): Connection {
  const { baseUrl, protocol = "connect", token, fetch } = given;
  // Binary: JSON cannot carry an Any whose type this side does not know, as specs of other clients are.
  const options = { baseUrl, useBinaryFormat: true, ...(fetch !== undefined && { fetch }) };
  return {
    transport: protocol === "connect" ? createConnectTransport(options) : createGrpcWebTransport(options),
    address: baseUrl,
    ...(token !== undefined && { authorization: authorizationFor(token, baseUrl) }),
    lossOf,
    close: () => undefined,
  };
}

/** A browser says nothing but that a request failed, by a TypeError (Fetch standard, "fetch method"). */
function lossOf(failure: ConnectError): string | null {
  return failure.cause instanceof TypeError ? `the request failed (${failure.cause.message})` : null;
}
