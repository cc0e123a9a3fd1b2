import { once } from "node:events";
import { stat, unlink } from "node:fs/promises";
import type { Http2Server } from "node:http2";
import type { Server } from "node:net";
import { connect } from "node:net";
import { dirname } from "node:path";
import { type ErrorKind, OperationError, type Subject } from "../errors.ts";
import { type Address, parseAddress } from "./address.ts";

/**
 * Binds `server` to `address` and returns the address where it is reached: with the port that was given where 0 was asked.
 *
 * A socket has mode 0600 from its first moment. One that was left behind by a process that is gone is replaced.
 *
 * Rejects with
 * - `invalid-argument`: no address, see {@link parseAddress}
 * - `already-exists`: somebody listens there, or something that is no socket is there
 * - `not-found`: the directory of the socket does not exist
 * - `permission-denied`: the socket or port may not be made
 */
export async function listen(server: Http2Server, address: string, subject: Subject): Promise<string> {
  const parsed = parseAddress(address, subject);
  try {
    await bind(server, parsed);
  } catch (error) {
    if (errnoOf(error) !== "EADDRINUSE" || parsed.kind !== "unix") {
      throw listenError(error, subject);
    }
    await removeStaleSocket(parsed.path, subject);
    await bind(server, parsed).catch((again: unknown) => {
      throw listenError(again, subject);
    });
  }
  return parsed.kind === "unix" ? address : tcpAddress(server);
}

async function bind(server: Server, address: Address): Promise<void> {
  if (address.kind === "tcp") {
    server.listen(address.port, address.host);
  } else {
    // libuv says EACCES for a missing directory as well, since Windows does; stat(2) says which it is.
    await stat(dirname(address.path));
    // The socket is made within this call, with what the mask leaves of 0777. The mask is the whole process's, so for
    // these microseconds a file that another thread makes comes out private as well.
    const mask = process.umask(0o177);
    try {
      server.listen(address.path);
    } finally {
      process.umask(mask);
    }
  }
  await once(server, "listening");
}

async function removeStaleSocket(path: string, subject: Subject): Promise<void> {
  const found = await stat(path);
  if (!found.isSocket()) {
    throw new OperationError("already-exists", subject, "something that is no socket is there");
  }
  if (await isAlive(path)) {
    throw new OperationError("already-exists", subject, "another process listens there");
  }
  // Whoever replaced it in the meantime made another one, and keeps it.
  const now = await stat(path).catch(() => undefined);
  if (now?.ino === found.ino && now.dev === found.dev) {
    await unlink(path);
  }
}

/** Whether somebody accepts connections at the socket. */
async function isAlive(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
    return true;
  } catch (error) {
    // connect(2): nobody listens, or it went away.
    return errnoOf(error) !== "ECONNREFUSED" && errnoOf(error) !== "ENOENT";
  } finally {
    socket.destroy();
  }
}

function tcpAddress(server: Server): string {
  const bound = server.address();
  if (bound === null || typeof bound === "string") {
    throw new TypeError("the server does not listen on a port");
  }
  return `http://${bound.family === "IPv6" ? `[${bound.address}]` : bound.address}:${bound.port}`;
}

const kindOfErrno: Readonly<Record<string, ErrorKind>> = {
  EADDRINUSE: "already-exists",
  EADDRNOTAVAIL: "not-found",
  ENOENT: "not-found",
  ENOTDIR: "not-found",
  EACCES: "permission-denied",
  EPERM: "permission-denied",
  EROFS: "permission-denied",
  ENOSPC: "resource-exhausted",
  EMFILE: "resource-exhausted",
};

function listenError(cause: unknown, subject: Subject): OperationError {
  const errno = errnoOf(cause);
  return new OperationError(kindOfErrno[errno] ?? "internal", subject, `cannot be listened on (${errno})`, { cause });
}

function errnoOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
