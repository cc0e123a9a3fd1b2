import { unixAddress } from "../datagram.ts";
import { lastError, natively } from "../libc.ts";

const calls = natively("socket", (libc) => ({
  socket: libc.func<[number, number, number]>("int socket(int family, int type, int protocol)"),
  bind: libc.func<[number, Uint8Array, number]>("int bind(int fd, const void *address, uint32_t size)"),
  listen: libc.func<[number, number]>("int listen(int fd, int backlog)"),
}));

/** Returns a unix stream socket that listens and from which this process takes no connection, as systemd makes them. */
export function listeningDescriptor(path: string): number {
  // SOCK_STREAM with SOCK_CLOEXEC and SOCK_NONBLOCK.
  const fd = calls().socket(1, 1 | 0o2000000 | 0o4000, 0);
  if (fd < 0) throw lastError("socket");
  const address = unixAddress(path, "bind");
  if (calls().bind(fd, address, address.length) < 0) throw lastError("bind");
  if (calls().listen(fd, 10) < 0) throw lastError("listen");
  return fd;
}
