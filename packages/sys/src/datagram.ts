import { closeSync } from "node:fs";
import { cString, lastError, natively } from "./libc.ts";
import { SystemError } from "./system-error.ts";

/** AF_UNIX, and SOCK_DGRAM with SOCK_CLOEXEC. */
const unixFamily = 1;
const datagramType = 2 | 0o2000000;
/** MSG_DONTWAIT and MSG_NOSIGNAL. */
const sendFlags = 0x40 | 0x4000;
/** `sun_path` of unix(7) holds 108 bytes. */
const nameMaxBytes = 108;

const calls = natively("sendto", (libc) => ({
  socket: libc.func<[number, number, number]>("int socket(int family, int type, int protocol)"),
  sendto: libc.func<[number, Uint8Array, number, number, Uint8Array, number]>(
    "long sendto(int fd, const void *bytes, size_t size, int flags, const void *address, uint32_t addressSize)",
  ),
}));

/**
 * Sends one message to a unix datagram socket (unix(7)), which Node has none of, and never waits: EAGAIN if the receiver
 * is behind.
 *
 * @param name - an absolute path, or `@NAME` in the abstract namespace; EINVAL for anything else
 */
export function sendDatagram(name: string, message: string): void {
  const address = unixAddress(name, "sendto");
  const bytes = Buffer.from(message);
  const { socket, sendto } = calls();
  const fd = socket(unixFamily, datagramType, 0);
  if (fd < 0) throw lastError("socket");
  try {
    if (sendto(fd, bytes, bytes.length, sendFlags, address, address.length) < 0) {
      throw lastError("sendto", { path: name });
    }
  } finally {
    closeSync(fd);
  }
}

/** `struct sockaddr_un`. The abstract name begins with a NUL and has none at its end, which would be part of it. */
export function unixAddress(name: string, syscall: string): Buffer {
  cString(name, syscall);
  const isAbstract = name.startsWith("@") && name.length > 1;
  if (!isAbstract && !name.startsWith("/")) {
    throw new SystemError("EINVAL", syscall, { path: name, reason: "expected an absolute path or @NAME" });
  }
  const bytes = isAbstract ? Buffer.from(`\0${name.slice(1)}`) : Buffer.from(`${name}\0`);
  if (bytes.length > nameMaxBytes) {
    throw new SystemError("EINVAL", syscall, { path: name, reason: `longer than ${nameMaxBytes} bytes` });
  }
  // An array of numbers has the byte order of the host.
  return Buffer.concat([Buffer.from(Uint16Array.of(unixFamily).buffer), bytes]);
}
