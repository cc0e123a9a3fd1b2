import type { Socket } from "node:net";

/** Every HTTP/2 connection without TLS begins with these bytes (RFC 9113, section 3.4). */
const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** What a connection turned out to speak. */
export type HttpVersion = "http/1.1" | "http/2";

/**
 * Calls `decided` as soon as the first bytes of `socket` tell which HTTP it speaks; they are put back before, and the
 * socket is paused. A connection that stays undecided for `timeoutMs` is destroyed, one that ends before is left alone.
 */
export function detectProtocol(socket: Socket, timeoutMs: number, decided: (version: HttpVersion) => void): void {
  let seen = Buffer.alloc(0);
  const timer = setTimeout(() => socket.destroy(), timeoutMs);
  const onData = (chunk: Buffer) => {
    seen = Buffer.concat([seen, chunk]);
    const version = versionOf(seen);
    if (version === undefined) return;
    stop();
    socket.pause();
    socket.unshift(seen);
    decided(version);
  };
  // A peer may reset the connection before anybody else listens; that is its right and no fault of ours.
  const onError = () => socket.destroy();
  const stop = () => {
    clearTimeout(timer);
    socket.off("data", onData).off("error", onError).off("close", stop);
  };
  socket.on("data", onData).on("error", onError).on("close", stop);
}

/** `undefined` as long as the bytes may become either. */
function versionOf(bytes: Buffer): HttpVersion | undefined {
  const length = Math.min(bytes.length, preface.length);
  if (!bytes.subarray(0, length).equals(preface.subarray(0, length))) return "http/1.1";
  return length === preface.length ? "http/2" : undefined;
}
