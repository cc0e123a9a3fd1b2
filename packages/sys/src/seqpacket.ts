import { closeSync, openSync } from "node:fs";
import { basename, dirname } from "node:path";
import { cString, lastErrno, lastError, natively } from "./libc.ts";
import { openFlag } from "./open-at.ts";
import { whenReady } from "./readiness.ts";
import { SystemError } from "./system-error.ts";

const unixFamily = 1;
/** SOCK_SEQPACKET with SOCK_CLOEXEC and SOCK_NONBLOCK. */
const socketType = 5 | 0o2000000 | 0o4000;
/** `sun_path` of `struct sockaddr_un` holds 108 bytes, the terminating NUL included. */
const maxPathBytes = 107;
/** MSG_TRUNC: the answer is the message's true length, also where it did not fit. */
const trueLength = 0x20;
/** MSG_NOSIGNAL: a peer that has gone is the error EPIPE, not a SIGPIPE. */
const noSignal = 0x4000;
/** SHUT_WR of shutdown(2), and F_DUPFD_CLOEXEC of fcntl(2). */
const sendingSide = 1;
const duplicateAbove = 1030;

const defaultMaxMessageBytes = 65536;

const calls = natively("socket", (libc) => ({
  socket: libc.func<[number, number, number]>("int socket(int family, int type, int protocol)"),
  connect: libc.func<[number, Uint8Array, number]>("int connect(int fd, const void *address, uint32_t size)"),
  send: libc.func<[number, Uint8Array, number, number]>("long send(int fd, const void *bytes, size_t size, int flags)"),
  recv: libc.func<[number, Uint8Array, number, number]>("long recv(int fd, void *bytes, size_t size, int flags)"),
  shutdown: libc.func<[number, number]>("int shutdown(int fd, int side)"),
  fcntl: libc.func<[number, number, number]>("int fcntl(int fd, int command, int argument)"),
}));

/**
 * A connection that keeps the borders of messages (SOCK_SEQPACKET), as the attach socket of conmon is one. While
 * somebody waits in it for a message or for room to send, it keeps the event loop alive.
 */
export class SeqpacketConnection implements AsyncIterable<Buffer> {
  readonly #maxMessageBytes: number;
  readonly #receiveFd: number;
  /** A duplicate, since libuv watches a descriptor for one watcher at a time. */
  readonly #sendFd: number;
  readonly #closing = new AbortController();
  #lastSend: Promise<void> = Promise.resolve();

  /** @param fd - a connected, non-blocking socket, which the connection owns from then on */
  constructor(fd: number, maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes;
    this.#receiveFd = fd;
    this.#sendFd = calls().fcntl(fd, duplicateAbove, 0);
    if (this.#sendFd < 0) throw lastError("fcntl");
  }

  /**
   * Sends one message, after those given before it; resolves when the kernel has taken it. Rejects with EPIPE once the
   * peer or this side has closed, and with EMSGSIZE for one that is larger than the socket's buffer.
   */
  send(message: Uint8Array): Promise<void> {
    const sending = this.#lastSend.then(() => this.#sendNow(message));
    this.#lastSend = sending.catch(() => undefined);
    return sending;
  }

  /** Tells the peer that nothing more will be sent, after what was given to {@link send}; receiving goes on. */
  async end(): Promise<void> {
    await this.#lastSend;
    if (!this.#closed && calls().shutdown(this.#sendFd, sendingSide) < 0) throw lastError("shutdown");
  }

  /**
   * The messages as they arrive, until the peer or this side closes; an empty message counts as a close. A message is
   * only taken from the kernel when it is asked for, so a slow reader slows the sender down. Only one reader at a time.
   *
   * Throws EMSGSIZE for a message beyond `maxMessageBytes`, which is lost.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void> {
    const buffer = Buffer.alloc(this.#maxMessageBytes);
    while (!this.#closed) {
      const length = calls().recv(this.#receiveFd, buffer, buffer.length, trueLength);
      if (length > buffer.length) throw new SystemError("EMSGSIZE", "recv", { reason: `a message of ${length} bytes` });
      if (length > 0) yield Buffer.from(buffer.subarray(0, length));
      else if (length < 0 && lastErrno() === "EAGAIN")
        await whenReady(this.#receiveFd, "readable", this.#closing.signal);
      // ECONNRESET: the peer closed with messages of ours unread.
      else if (length === 0 || lastErrno() === "ECONNRESET") return;
      else throw lastError("recv");
    }
  }

  /** Closes at once; a reader's iteration ends. Calling it again does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closing.abort();
    closeSync(this.#receiveFd);
    closeSync(this.#sendFd);
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #sendNow(message: Uint8Array): Promise<void> {
    for (;;) {
      if (this.#closed) throw new SystemError("EPIPE", "send", { reason: "the connection is closed" });
      if (calls().send(this.#sendFd, message, message.length, noSignal) >= 0) return;
      if (lastErrno() !== "EAGAIN") throw lastError("send");
      await whenReady(this.#sendFd, "writable", this.#closing.signal);
    }
  }
}

/** How {@link connectSeqpacket} connects. */
export interface SeqpacketOptions {
  /** The largest message that is expected from the peer. Default: 65,536. */
  readonly maxMessageBytes?: number;
}

/**
 * Connects to the seqpacket socket at `path`, which may be longer than the 107 bytes that a socket's address holds.
 *
 * Throws ENOENT, ECONNREFUSED (nobody listens), EAGAIN (the listener's queue is full), EPROTOTYPE (a socket of another
 * type).
 */
export function connectSeqpacket(path: string, options: SeqpacketOptions = {}): SeqpacketConnection {
  const { maxMessageBytes = defaultMaxMessageBytes } = options;
  const fd = calls().socket(unixFamily, socketType, 0);
  if (fd < 0) throw lastError("socket");
  try {
    connectTo(fd, path);
    return new SeqpacketConnection(fd, maxMessageBytes);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function connectTo(fd: number, path: string): void {
  cString(path, "connect");
  if (Buffer.byteLength(path) <= maxPathBytes) {
    connectByAddress(fd, path, path);
    return;
  }
  const directory = openSync(dirname(path), openFlag.path);
  try {
    connectByAddress(fd, `/proc/self/fd/${directory}/${basename(path)}`, path);
  } finally {
    closeSync(directory);
  }
}

/** @param path - how the socket is called in a message */
function connectByAddress(fd: number, address: string, path: string): void {
  const encoded = encodeAddress(address);
  if (calls().connect(fd, encoded, encoded.length) < 0) throw lastError("connect", { path });
}

/** `struct sockaddr_un` */
function encodeAddress(path: string): Buffer {
  const family = Buffer.alloc(2);
  family.writeUInt16LE(unixFamily);
  return Buffer.concat([family, Buffer.from(path), Buffer.of(0)]);
}
