import { resolve } from "node:path";
import { OperationError } from "@gantry/api";
import type { TcpConfig, TlsConfig } from "./tcp-config.ts";

/** Flags about TCP as they came. */
export interface TcpFlags {
  readonly listen?: string;
  readonly tokens?: true;
  readonly tlsCertificate?: string;
  readonly tlsKey?: string;
  readonly tlsClientCa?: string;
}

/**
 * Puts flags over what a configuration file says about TCP, value by value.
 *
 * Throws `invalid-argument`: a flag belongs to something that is not there
 */
export function withTcpFlags(file: TcpConfig | undefined, flags: TcpFlags): { readonly tcp?: TcpConfig } {
  const address = flags.listen ?? file?.address;
  const tls = withTlsFlags(file?.tls, flags);
  if (address === undefined) {
    if (flags.tokens || tls !== undefined) throw wrong("--listen", "is missing, but there are flags that belong to it");
    return {};
  }
  const allowedHosts = file?.allowedHosts ?? new Set<string>();
  const clients = file?.clients ?? new Map();
  return {
    tcp: { address, allowedHosts, clients, tokens: flags.tokens ?? file?.tokens ?? false, ...(tls && { tls }) },
  };
}

function withTlsFlags(file: TlsConfig | undefined, flags: TcpFlags): TlsConfig | undefined {
  const certificate = pathOf(flags.tlsCertificate) ?? file?.certificate;
  const key = pathOf(flags.tlsKey) ?? file?.key;
  const clientCa = pathOf(flags.tlsClientCa) ?? file?.clientCa;
  if (certificate !== undefined && key !== undefined)
    return { ...file, certificate, key, ...(clientCa && { clientCa }) };
  if (certificate ?? key ?? clientCa) throw wrong("--tls-certificate", "and --tls-key belong together");
  return undefined;
}

function pathOf(flag: string | undefined): string | undefined {
  return flag === undefined ? undefined : resolve(flag);
}

function wrong(flag: string, detail: string): OperationError {
  return new OperationError("invalid-argument", { type: "daemon", id: flag }, detail);
}
