import type { TLSSocket } from "node:tls";
import type { Grant } from "./role.ts";

/** What a certificate stands for, and by which of its names. */
export interface CertificateGrant {
  readonly name: string;
  readonly grant: Grant;
}

/**
 * Returns what the certificate of a client stands for: by its common name, else by a DNS name in it, which is taken
 * literally. `undefined`: it has no name that anything was given to.
 *
 * @param socket - whose handshake has shown that the certificate leads to the authority of clients
 */
export function grantOfCertificate(
  socket: TLSSocket,
  clients: ReadonlyMap<string, Grant>,
): CertificateGrant | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const commonNames = [socket.getPeerCertificate().subject?.CN ?? []].flat();
  const hasDnsName = (name: string) =>
    certificate.checkHost(name, { subject: "never", wildcards: false, partialWildcards: false }) !== undefined;
  const name = commonNames.find((one) => clients.has(one)) ?? [...clients.keys()].find(hasDnsName);
  const grant = name === undefined ? undefined : clients.get(name);
  return name === undefined || grant === undefined ? undefined : { name, grant };
}
