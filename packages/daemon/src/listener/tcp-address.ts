import { isIP } from "node:net";
import { OperationError } from "@gantry/api";
import type { TcpConfig } from "../config/tcp-config.ts";
import { isLoopback } from "./host.ts";

/** Where to listen. */
export interface TcpPlace {
  readonly host: string;
  readonly port: number;
}

/**
 * Returns where a configuration says to listen, if that is safe.
 *
 * Throws `invalid-argument`:
 * - the address has not the form `tcp://ADDRESS:PORT`
 * - callers could not show who they are: there is nothing that nobody in particular may do, on loopback as little as
 *   elsewhere, since containers and pages in browsers reach it too (CVE-2025-9074)
 * - secrets would go over a network in clear
 */
export function placeOf({ address, tokens, tls, clients }: TcpConfig): TcpPlace {
  const wrong = (detail: string) => new OperationError("invalid-argument", { type: "daemon", id: address }, detail);
  const [, bracketed, plain, digits] = /^tcp:\/\/(?:\[([^\]]+)\]|([^:/]+)):(\d{1,5})$/.exec(address) ?? [];
  const named = bracketed ?? plain ?? "";
  const host = named === "localhost" ? "127.0.0.1" : named;
  const port = Number(digits);
  if (isIP(host) === 0 || port > 65_535) {
    throw wrong('an address of TCP must be "tcp://ADDRESS:PORT", with an IP address or localhost');
  }
  const takesCertificates = tls?.clientCa !== undefined;
  if (!tokens && !takesCertificates) {
    throw wrong("callers over TCP must show who they are: allow tokens, or name the authority of client certificates");
  }
  if (!tokens && clients.size === 0) throw wrong("no client certificate has a role, and tokens are not allowed");
  if (tls === undefined && !isLoopback(host)) {
    throw wrong("needs a certificate and its key: without TLS only this machine is served, by a loopback address");
  }
  return { host, port };
}
