import { Socket } from "node:net";
import { lastError, natively } from "./libc.ts";

const closeOnExec = 0o2000000;

const calls = natively("pipe2", (libc) => ({
  pipe2: libc.func<[Uint8Array, number]>("int pipe2(void *ends, int flags)"),
}));

/** The two ends of a pipe(7), both close-on-exec. */
export interface Pipe {
  readonly readFd: number;
  readonly writeFd: number;
}

export function createPipe(): Pipe {
  const ends = Buffer.alloc(8);
  if (calls().pipe2(ends, closeOnExec) < 0) throw lastError("pipe2");
  return { readFd: ends.readInt32LE(0), writeFd: ends.readInt32LE(4) };
}

/**
 * Makes one end of a pipe a stream, which owns it from then on. libuv sets the end non-blocking; the other end, which
 * may be a program's standard output, is a file description of its own and keeps blocking as programs expect.
 */
export function pipeStream(fd: number, direction: "read" | "write"): Socket {
  return new Socket({ fd, readable: direction === "read", writable: direction === "write" });
}
