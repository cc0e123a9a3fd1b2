import { closeSync, readSync } from "node:fs";
import { unixAddress } from "../datagram.ts";
import { lastError, natively } from "../libc.ts";
import { whenReady } from "../readiness.ts";

const calls = natively("socket", (libc) => ({
  socket: libc.func<[number, number, number]>("int socket(int family, int type, int protocol)"),
  bind: libc.func<[number, Uint8Array, number]>("int bind(int fd, const void *address, uint32_t size)"),
}));

/** A unix datagram socket that a test receives from. */
export interface DatagramReceiver {
  /** The next message, waiting for one. */
  next(): Promise<string>;
  [Symbol.dispose](): void;
}

export function datagramReceiver(name: string): DatagramReceiver {
  // SOCK_DGRAM with SOCK_CLOEXEC and SOCK_NONBLOCK.
  const fd = calls().socket(1, 2 | 0o2000000 | 0o4000, 0);
  if (fd < 0) throw lastError("socket");
  const address = unixAddress(name, "bind");
  if (calls().bind(fd, address, address.length) < 0) throw lastError("bind");
  const closing = new AbortController();
  const buffer = Buffer.alloc(4096);
  return {
    next: async () => {
      await whenReady(fd, "readable", closing.signal);
      return buffer.toString("utf8", 0, readSync(fd, buffer));
    },
    [Symbol.dispose]: () => {
      closing.abort();
      closeSync(fd);
    },
  };
}
