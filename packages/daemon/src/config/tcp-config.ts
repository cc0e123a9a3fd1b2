import { isAbsolute, resolve } from "node:path";
import { type Grant, type Role, roles } from "../access/role.ts";
import type { ConfigTable } from "./config-table.ts";

/** Files and limits of TLS. */
export interface TlsConfig {
  /** Path of a file in PEM: the daemon's certificate, and those that lead to its authority. */
  readonly certificate: string;
  /** Path of its key in PEM, which nobody but the daemon's user may read. */
  readonly key: string;
  /** Path of the certificates in PEM that those of clients lead to. Default: clients show none. */
  readonly clientCa?: string;
  /** Default: `TLSv1.3`. */
  readonly minVersion?: TlsVersion;
}

/** The versions of TLS that may be the oldest taken. */
export type TlsVersion = "TLSv1.2" | "TLSv1.3";

/** What is said about listening on TCP. */
export interface TcpConfig {
  /** `tcp://ADDRESS:PORT`; port 0 for any that is free. */
  readonly address: string;
  /** Whether callers may show who they are by a token. */
  readonly tokens: boolean;
  /** Hosts that the daemon is known by, besides the address itself: names without a port, in lower case. */
  readonly allowedHosts: ReadonlySet<string>;
  /** Default: connections come in clear, which is for loopback addresses only. */
  readonly tls?: TlsConfig;
  /** What clients' certificates stand for, by common name or DNS name. */
  readonly clients: ReadonlyMap<string, Grant>;
}

const versions: ReadonlyMap<string, TlsVersion> = new Map([
  ["1.2", "TLSv1.2"],
  ["1.3", "TLSv1.3"],
]);

/** Reads the table `[listen.tcp]`; `undefined` if it is not there. Throws `invalid-argument`, naming the place. */
export function tcpConfigFrom(listen: ConfigTable, directory: string): TcpConfig | undefined {
  const isThere = Object.hasOwn(listen.values(), "tcp");
  const table = listen.table("tcp");
  if (!isThere) return undefined;
  const address = table.text("address");
  if (address === undefined) throw table.wrong("address", "is missing");
  const tls = tlsFrom(table, directory);
  const config = {
    address,
    tokens: table.flag("tokens"),
    allowedHosts: new Set(table.texts("allowed_hosts").map((host) => host.toLowerCase())),
    clients: clientsFrom(table.table("clients")),
    ...(tls && { tls }),
  };
  table.refuseOthers();
  return config;
}

function tlsFrom(table: ConfigTable, directory: string): TlsConfig | undefined {
  const file = (key: string) => {
    const path = table.text(key);
    return path === undefined || isAbsolute(path) ? path : resolve(directory, path);
  };
  const [certificate, key, clientCa] = [file("certificate"), file("key"), file("client_ca")];
  const version = table.text("tls_min_version");
  const minVersion = version === undefined ? undefined : versions.get(version);
  if (version !== undefined && minVersion === undefined) throw table.wrong("tls_min_version", 'must be "1.2" or "1.3"');
  if (certificate === undefined && key === undefined) {
    if (clientCa !== undefined) throw table.wrong("client_ca", "needs certificate and key of the daemon");
    return undefined;
  }
  if (certificate === undefined || key === undefined) {
    throw table.wrong(certificate === undefined ? "key" : "certificate", "certificate and key belong together");
  }
  return { certificate, key, ...(clientCa && { clientCa }), ...(minVersion && { minVersion }) };
}

function clientsFrom(table: ConfigTable): ReadonlyMap<string, Grant> {
  return new Map(table.names().map((name) => [name, grantFrom(table.table(name))]));
}

function grantFrom(table: ConfigTable): Grant {
  const names = table.texts("namespaces");
  const all = table.flag("all_namespaces");
  if (all === names.length > 0) throw table.wrong("namespaces", "give either some namespaces or all_namespaces = true");
  const grant: Grant = { role: roleFrom(table), namespaces: all ? "all" : new Set(names) };
  table.refuseOthers();
  return grant;
}

function roleFrom(table: ConfigTable): Role {
  const word = table.text("role");
  const role = roles.find((one) => one === word);
  if (role === undefined) throw table.wrong("role", `must be one of ${roles.join(", ")}`);
  return role;
}
