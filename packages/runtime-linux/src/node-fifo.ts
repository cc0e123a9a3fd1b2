import { constants, fstat } from "node:fs";
import { chmod } from "node:fs/promises";
import { Socket } from "node:net";
import { promisify } from "node:util";
import { OperationError } from "@gantry/api";
import { mknodat, openFlag } from "@gantry/sys/at";
import { openFd, ownedFd } from "./fd.ts";
import type { OwnedFd } from "./host.ts";
import { errnoOf, hostSubject } from "./host-error.ts";

/** AT_FDCWD of openat(2): paths are taken as they are. */
const workingDirectory = -100;
const privateMode = 0o600;

/** As {@link HostFiles.makeFifo}. */
export async function makeFifo(path: string, mode: number): Promise<void> {
  mknodat(workingDirectory, path, constants.S_IFIFO | privateMode);
  if (mode !== privateMode) await chmod(path, mode);
}

/**
 * As {@link HostFiles.openFifo}.
 *
 * O_NONBLOCK belongs to the open file, so the process that gets the descriptor would see it; without it, an end alone
 * would wait for the other one. So both ends are opened for a moment, which never waits (fifo(7)). What is handed on for
 * writing stays open for both: then a reader that comes late or goes does not kill the process by SIGPIPE.
 */
export async function openFifo(path: string, end: "read" | "write" | "both"): Promise<OwnedFd> {
  await using place = ownedFd(await openFd(path, openFlag.path | constants.O_NOFOLLOW));
  if (!(await promisify(fstat)(place.fd)).isFIFO()) {
    throw new OperationError("invalid-argument", hostSubject, `expected a FIFO at ${path}`);
  }
  const handle = `/proc/self/fd/${place.fd}`;
  const both = ownedFd(await openFd(handle, constants.O_RDWR));
  if (end === "both") {
    return both;
  }
  await using _held = both;
  return ownedFd(await openFd(handle, end === "read" ? constants.O_RDONLY : constants.O_WRONLY));
}

/** As {@link HostFiles.writeFifo}. */
export async function writeFifo(path: string, data: Uint8Array, signal?: AbortSignal): Promise<boolean> {
  const fd = await openForWriting(path);
  if (fd === null) {
    return false;
  }
  const socket = new Socket({ fd, readable: false, writable: true });
  try {
    await writeAll(socket, data, signal);
    return true;
  } catch (error) {
    if (errnoOf(error) === "EPIPE") return false;
    throw error;
  } finally {
    socket.destroy();
  }
}

/** `null` where nobody reads. */
async function openForWriting(path: string): Promise<number | null> {
  try {
    return await openFd(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENXIO" || errno === "ENOENT") return null;
    throw error;
  }
}

async function writeAll(socket: Socket, data: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = () => reject(signal?.reason);
  signal?.addEventListener("abort", abort);
  socket.on("error", reject);
  try {
    if (data.length === 0) return;
    signal?.throwIfAborted();
    socket.write(data, (error) => (error ? reject(error) : resolve()));
    await promise;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}
