import type { ConnectError } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import type { Connection } from "./operation-transport.ts";

/** What a connection from a browser needs. */
export interface WebConnectionOptions {
  readonly baseUrl: string;
  readonly protocol?: "connect" | "grpc-web";
  readonly fetch?: typeof globalThis.fetch;
}

/** Prepares requests from a browser; nothing is sent before the first call. */
export function openWebConnection({ baseUrl, protocol = "connect", fetch }: WebConnectionOptions): Connection {
  // Binary: JSON cannot carry an Any whose type this side does not know, as specs of other clients are.
  const options = { baseUrl, useBinaryFormat: true, ...(fetch !== undefined && { fetch }) };
  return {
    transport: protocol === "connect" ? createConnectTransport(options) : createGrpcWebTransport(options),
    address: baseUrl,
    lossOf,
    close: () => undefined,
  };
}

/** A browser says nothing but that a request failed, by a TypeError (Fetch standard, "fetch method"). */
function lossOf(failure: ConnectError): string | null {
  return failure.cause instanceof TypeError ? `the request failed (${failure.cause.message})` : null;
}
