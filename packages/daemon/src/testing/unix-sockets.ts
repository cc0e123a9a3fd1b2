import { closeSync, readSync } from "node:fs";
import koffi from "koffi";

/** AF_UNIX, SOCK_STREAM and SOCK_DGRAM, and SOCK_CLOEXEC with SOCK_NONBLOCK. */
const unixFamily = 1;
const stream = 1;
const datagram = 2;
const flags = 0o2000000 | 0o4000;

/** Returns a unix stream socket that listens and from which this process takes no connection, as systemd makes them. */
export function listeningDescriptor(path: string): number {
  const fd = boundSocket(stream, path);
  const listen = koffi.load(null).func("int listen(int fd, int backlog)");
  if (listen(fd, 10) < 0) throw new TypeError(`cannot listen at ${path}`);
  return fd;
}

/** A unix datagram socket as a service manager has one to be told things on. */
export interface DatagramReceiver {
  /** The next message, waiting for one. */
  next(): Promise<string>;
  [Symbol.dispose](): void;
}

/** @param name - a path, or `@NAME` in the abstract namespace */
export function datagramReceiver(name: string): DatagramReceiver {
  const fd = boundSocket(datagram, name);
  const buffer = Buffer.alloc(4096);
  return {
    next: async () => {
      const ready = Promise.withResolvers<void>();
      // The watcher calls back outside of what Node knows as a callback, where nobody would run reactions of promises.
      const watcher = koffi.node.poll(fd, { readable: true }, () => void setImmediate(ready.resolve));
      await ready.promise;
      watcher.close();
      return buffer.toString("utf8", 0, readSync(fd, buffer));
    },
    [Symbol.dispose]: () => closeSync(fd),
  };
}

function boundSocket(type: number, name: string): number {
  const library = koffi.load(null);
  const socket = library.func("int socket(int family, int type, int protocol)");
  const bind = library.func("int bind(int fd, const void *address, uint32_t size)");
  const fd: number = socket(unixFamily, type | flags, 0);
  const path = name.startsWith("@") ? `\0${name.slice(1)}` : `${name}\0`;
  const address = Buffer.concat([Buffer.from(Uint16Array.of(unixFamily).buffer), Buffer.from(path)]);
  if (fd < 0 || bind(fd, address, address.length) < 0) throw new TypeError(`cannot bind ${name}`);
  return fd;
}
