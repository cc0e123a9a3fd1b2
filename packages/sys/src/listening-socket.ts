import { lastError, natively } from "./libc.ts";
import { SystemError } from "./system-error.ts";

/** SOL_SOCKET of getsockopt(2), and its options SO_TYPE, SO_ACCEPTCONN and SO_DOMAIN. */
const socketLevel = 1;
const typeOption = 3;
const listensOption = 30;
const domainOption = 39;

const unixDomain = 1;
const streamType = 1;

/** `struct sockaddr_un`: the family, then the path. */
const addressBytes = 110;
const familyBytes = 2;

const calls = natively("getsockopt", (libc) => ({
  getsockopt: libc.func<[number, number, number, Uint8Array, Uint8Array]>(
    "int getsockopt(int fd, int level, int option, void *value, void *length)",
  ),
  getsockname: libc.func<[number, Uint8Array, Uint8Array]>("int getsockname(int fd, void *address, void *length)"),
}));

/**
 * Returns the path of a unix stream socket that listens, such as a service manager hands over.
 *
 * Throws EINVAL for a socket of another kind or without a path, ENOTSOCK and EBADF for what is no socket
 */
export function listeningSocketPath(fd: number): string {
  const wrong = (reason: string) => new SystemError("EINVAL", "getsockopt", { reason: `descriptor ${fd} ${reason}` });
  if (option(fd, domainOption) !== unixDomain) throw wrong("is no unix socket");
  if (option(fd, typeOption) !== streamType) throw wrong("is no stream socket");
  if (option(fd, listensOption) === 0) throw wrong("does not listen");
  const address = Buffer.alloc(addressBytes);
  const length = Buffer.from(Uint32Array.of(addressBytes).buffer);
  if (calls().getsockname(fd, address, length) < 0) throw lastError("getsockname");
  const end = address.indexOf(0, familyBytes);
  const path = address.toString("utf8", familyBytes, end === -1 ? addressBytes : end);
  if (!path.startsWith("/")) throw wrong("has no path");
  return path;
}

function option(fd: number, name: number): number | undefined {
  const value = new Int32Array(1);
  const bytes = new Uint8Array(value.buffer);
  const length = new Uint8Array(Uint32Array.of(bytes.length).buffer);
  if (calls().getsockopt(fd, socketLevel, name, bytes, length) < 0) throw lastError("getsockopt");
  return value[0];
}
