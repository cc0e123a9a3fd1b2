import { connect } from "node:net";
import { Code, type ConnectError, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import { parseAddress } from "./address.ts";
import type { Credentials } from "./credentials.ts";
import type { Connection } from "./operation-transport.ts";
import { authorizationFor } from "./token-header.ts";

/** Three ways to say the same over HTTP/2. */
export type Protocol = "grpc" | "connect" | "grpc-web";

/** The largest message, as in other container daemons. */
const maxMessageBytes = 16 << 20;

/**
 * Opens a connection for Node; nothing is sent before the first call.
 *
 * @param credentials - asked for where the daemon is reached over TCP; on its own socket the kernel says who calls
 *
 * Throws `invalid-argument`: the address is none, or the credentials cannot be had or shown there
 */
export function openNodeConnection(
  address: string,
  protocol: Protocol,
  credentials: () => Credentials = () => ({}),
): Connection {
  const parsed = parseAddress(address);
  const { token, tls } = parsed.kind === "unix" ? {} : credentials();
  // The name behind a unix socket is for the `:authority` header only.
  const baseUrl = parsed.kind === "unix" ? "http://localhost" : parsed.baseUrl;
  const session = new Http2SessionManager(
    baseUrl,
    {},
    {
      // Node counts what slow readers of streams leave unread, and refuses further calls at 10 MB by default.
      maxSessionMemory: 1000,
      ...(parsed.kind === "unix" ? { createConnection: () => connect(parsed.path) } : tlsOptionsOf(tls)),
    },
  );
  return {
    transport: transportOf(protocol, baseUrl, session),
    address,
    ...(token !== undefined && { authorization: authorizationFor(token, baseUrl) }),
    lossOf,
    close: () => session.abort(),
  };
}

/** Node takes no views of bytes but its own. */
function tlsOptionsOf(tls: Credentials["tls"] = {}): { readonly [name: string]: string | Buffer } {
  const entries = Object.entries(tls).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === "string" ? value : Buffer.from(value)]),
  );
}

function transportOf(protocol: Protocol, baseUrl: string, sessionManager: Http2SessionManager): Transport {
  // Not compressed: most daemons are on the same machine, where compressing costs more than sending.
  const options = {
    baseUrl,
    sessionManager,
    httpVersion: "2" as const,
    acceptCompression: [],
    readMaxBytes: maxMessageBytes,
    writeMaxBytes: maxMessageBytes,
    useBinaryFormat: true,
  };
  switch (protocol) {
    case "grpc":
      return createGrpcTransport(options);
    case "connect":
      return createConnectTransport(options);
    case "grpc-web":
      return createGrpcWebTransport(options);
  }
}

const reasons: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "nobody listens there: no such socket (is the daemon running?)"],
  ["ECONNREFUSED", "nobody listens there (is the daemon running?)"],
  ["EACCES", "this user may not connect to it"],
  ["ENOTSOCK", "this is no socket"],
  [
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "the daemon's certificate leads to no authority that is trusted (see GANTRY_TLS_CA)",
  ],
  ["SELF_SIGNED_CERT_IN_CHAIN", "the daemon's certificate leads to no authority that is trusted (see GANTRY_TLS_CA)"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "the daemon's certificate leads to no authority that is trusted (see GANTRY_TLS_CA)"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "the daemon's certificate is for another name"],
  ["CERT_HAS_EXPIRED", "the daemon's certificate has expired"],
]);

/**
 * What Node reports of the connection itself carries a code. The end of a session ends its streams with CANCEL, which no
 * answer of a daemon does without a status, and the caller's own cancelling is told apart before.
 */
export function lossOf(failure: ConnectError): string | null {
  for (let error: unknown = failure.cause; error instanceof Error; error = error.cause) {
    const code: unknown = "code" in error ? error.code : undefined;
    if (typeof code === "string") {
      return reasons.get(code) ?? `the connection was lost (${code})`;
    }
  }
  const isHangUp = failure.code === Code.Canceled || failure.code === Code.Aborted;
  return isHangUp && !failure.metadata.has("grpc-status") ? "the connection was lost" : null;
}
