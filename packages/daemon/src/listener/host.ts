import { isIP } from "node:net";
import { type HttpHandler, type HttpRequest, refuse } from "./http-handler.ts";

/**
 * Answers only requests for a host that the daemon is known by: the address that the connection came to, `localhost` on a
 * loopback address, and those in `allowed`. A page whose name was made to point at this address by its owner (DNS
 * rebinding) still says that name, whatever else it knows.
 *
 * @param allowed - names in lower case, without a port
 */
export function guardHost(allowed: ReadonlySet<string>, next: HttpHandler): HttpHandler {
  return (request, response) => {
    const hosts = hostsOf(request);
    const here = plainAddress(request.socket.localAddress ?? "");
    const isOurs = (host: string) =>
      allowed.has(host) || host === here || (isLoopback(here) && (host === "localhost" || isLoopback(host)));
    if (hosts.length > 0 && hosts.every(isOurs)) next(request, response);
    else refuse(response, 421, "the daemon is not known by this host; see listen.tcp.allowed_hosts");
  };
}

/** Whether an address, or the name of a host, means this machine itself. */
export function isLoopback(address: string): boolean {
  return address === "::1" || (isIP(address) === 4 && address.startsWith("127."));
}

/** In HTTP/2 a request may name its host twice. */
function hostsOf({ headers }: HttpRequest): readonly string[] {
  const given = [headers[":authority"], headers.host];
  return given.filter((host) => typeof host === "string").map(withoutPort);
}

function withoutPort(host: string): string {
  const [, bracketed, name] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host.toLowerCase()) ?? [];
  return bracketed ?? name ?? "";
}

/** Sockets of IPv6 that also take IPv4 show it as `::ffff:127.0.0.1`. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, "");
}
