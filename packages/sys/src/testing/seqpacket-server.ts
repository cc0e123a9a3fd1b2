import { closeSync } from "node:fs";
import { lastError, natively } from "../libc.ts";

const calls = natively("socket", (libc) => ({
  socket: libc.func<[number, number, number]>("int socket(int family, int type, int protocol)"),
  bind: libc.func<[number, Uint8Array, number]>("int bind(int fd, const void *address, uint32_t size)"),
  listen: libc.func<[number, number]>("int listen(int fd, int backlog)"),
  accept: libc.func<[number, null, null]>("int accept(int fd, void *address, void *size)"),
}));

/** A listening seqpacket socket that a test drives by hand. */
export interface SeqpacketServer {
  /** The next connection's descriptor; blocks until a client has connected. */
  accept(): number;
  [Symbol.dispose](): void;
}

export function seqpacketServer(path: string): SeqpacketServer {
  const fd = succeeded(calls().socket(1, 5 | 0o2000000, 0), "socket");
  const address = Buffer.concat([Buffer.of(1, 0), Buffer.from(path), Buffer.of(0)]);
  succeeded(calls().bind(fd, address, address.length), "bind");
  succeeded(calls().listen(fd, 10), "listen");
  return {
    accept: () => succeeded(calls().accept(fd, null, null), "accept"),
    [Symbol.dispose]: () => closeSync(fd),
  };
}

function succeeded(result: number, syscall: string): number {
  if (result < 0) throw lastError(syscall);
  return result;
}
