import { OperationError, type Subject } from "../errors.ts";

/** An address, taken apart. */
export type Address =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number };

// sockaddr_un has room for 108 bytes with the closing NUL on Linux, Windows and Solaris (unix(7)).
const socketPathMaxBytes = 107;

const loopbackHosts: ReadonlySet<string> = new Set(["127.0.0.1", "[::1]", "localhost"]);

/**
 * Takes `unix:///PATH` or `http://HOST:PORT` apart; HOST is a name or address of the loopback.
 *
 * Throws `invalid-argument`: neither of both, or a path that is too long for a socket.
 *
 * @param subject - what errors speak of
 */
export function parseAddress(address: string, subject: Subject): Address {
  if (address.startsWith("unix://")) {
    return { kind: "unix", path: socketPath(address.slice("unix://".length), subject) };
  }
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== "http:" || url.pathname !== "/" || url.username !== "" || url.search !== "") {
    throw new OperationError(
      "invalid-argument",
      subject,
      "is no address, expected unix:///PATH or http://127.0.0.1:PORT",
    );
  }
  if (!loopbackHosts.has(url.hostname)) {
    // Nothing here knows who is at the other end: beyond this host, anybody could be.
    throw new OperationError(
      "invalid-argument",
      subject,
      "is not on this host, expected 127.0.0.1, [::1] or localhost",
    );
  }
  return { kind: "tcp", host: url.hostname.replace(/^\[|\]$/g, ""), port: url.port === "" ? 80 : Number(url.port) };
}

function socketPath(path: string, subject: Subject): string {
  if (!path.startsWith("/") || path.includes("\0")) {
    throw new OperationError("invalid-argument", subject, "names no absolute path behind unix://");
  }
  const bytes = new TextEncoder().encode(path).length;
  if (bytes > socketPathMaxBytes) {
    const detail = `the path has ${bytes} bytes, a socket's has ${socketPathMaxBytes} at most`;
    throw new OperationError("invalid-argument", subject, detail);
  }
  return path;
}
