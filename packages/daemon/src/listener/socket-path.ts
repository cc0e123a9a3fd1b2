import { lstatSync, mkdirSync, statSync, unlinkSync } from "node:fs";
import { createConnection } from "node:net";
import { dirname, isAbsolute } from "node:path";
import { OperationError } from "@gantry/api";

/** What `sun_path` of unix(7) holds on Linux, without the NUL at its end. */
const pathMaxBytes = 107;

/** What names of pipes begin with, written as Node takes them on Windows. */
const pipeStart = "//./pipe/";

/** Whether a path is that of a named pipe, which is in no directory. */
export function isPipePath(path: string): boolean {
  return path.startsWith(pipeStart);
}

/**
 * Returns the path of an address of the form `unix:///PATH`, or on Windows of `npipe:////./pipe/NAME`.
 *
 * Throws `invalid-argument`: another form, or a path that is too long for a socket
 */
export function socketPathOf(address: string, platform: NodeJS.Platform = process.platform): string {
  return address.startsWith("npipe:") ? pipePathOf(address, platform) : filePathOf(address);
}

function pipePathOf(address: string, platform: NodeJS.Platform): string {
  const wrong = (detail: string) => new OperationError("invalid-argument", { type: "daemon", id: address }, detail);
  if (platform !== "win32") throw wrong("named pipes are there on Windows only");
  const path = address.slice("npipe://".length);
  if (/^[\w.-]{1,200}$/.test(path.slice(pipeStart.length)) && isPipePath(path)) return path;
  throw wrong('the address of a pipe must be "npipe:////./pipe/NAME"');
}

function filePathOf(address: string): string {
  const path = address.startsWith("unix://") ? address.slice("unix://".length) : "";
  const wrong = (detail: string) => new OperationError("invalid-argument", { type: "daemon", id: address }, detail);
  if (!isAbsolute(path)) throw wrong('the address must be "unix://" and an absolute path');
  const bytes = Buffer.byteLength(path);
  if (bytes > pathMaxBytes) throw wrong(`the path of a socket has ${pathMaxBytes} bytes at most, this one ${bytes}`);
  return path;
}

/**
 * Makes `path` free for a new socket: its directory exists, and a socket that a dead daemon left there is gone. Only to be
 * called by the holder of the daemon's lock, so that of two daemons neither takes the other's for a leftover.
 *
 * Rejects with `failed-precondition`: something answers there, or what is there is no socket, or everybody may replace
 * files in the directory
 */
export async function clearSocketPath(path: string): Promise<void> {
  const refuse = (detail: string) => new OperationError("failed-precondition", { type: "daemon", id: path }, detail);
  mkdirSync(dirname(path), { recursive: true, mode: 0o711 });
  const { mode } = statSync(dirname(path));
  if ((mode & 0o1002) === 0o002) throw refuse("everybody may replace files in the directory of the socket");

  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw refuse("the path of the socket is taken by something that is no socket");
  if (await answers(path)) throw refuse("another program serves this socket");
  unlinkSync(path);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createConnection(path);
    const end = (answer: boolean) => {
      probe.destroy();
      resolve(answer);
    };
    probe.on("connect", () => end(true));
    // Refused: nobody listens. Any other failure leaves room for doubt, and a socket in doubt is not ours to remove.
    probe.on("error", (error: NodeJS.ErrnoException) => end(error.code !== "ECONNREFUSED"));
  });
}
