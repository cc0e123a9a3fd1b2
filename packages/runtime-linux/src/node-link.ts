import { constants, read, readSync } from "node:fs";
import { Socket } from "node:net";
import { closeFd, openFd, ownedFd } from "./fd.ts";
import type { LinkReader, OwnedFd } from "./host.ts";
import { errnoOf } from "./host-error.ts";

/** No report of conmon is longer; what is, is cut off. */
const maxLineBytes = 64 * 1024;

/** As {@link HostProcesses.createLink}. */
export async function createLink(path: string): Promise<{ readonly reader: LinkReader; readonly writer: OwnedFd }> {
  const readFd = await openFd(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    const writer = ownedFd(await openFd(path, constants.O_WRONLY | constants.O_NOFOLLOW));
    return { reader: new SocketLinkReader(readFd), writer };
  } catch (error) {
    await closeFd(readFd);
    throw error;
  }
}

/** As {@link HostProcesses.joinLink}. */
export async function joinLink(path: string): Promise<LinkReader | null> {
  let fd: number;
  try {
    fd = await openFd(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return null;
    throw error;
  }
  // poll(2) does not tell of the end to one who opened a FIFO after its last writer had gone, but read(2) does.
  if (await hasWriter(fd)) {
    return new SocketLinkReader(fd);
  }
  await closeFd(fd);
  return null;
}

/** As {@link HostProcesses.takeFromFifo}. */
export async function takeFromFifo(path: string, signal: AbortSignal): Promise<boolean> {
  // Without waiting: the writer may never come, and a thread that waits in open(2) cannot be called back.
  const fd = await openFd(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  const socket = new Socket({ fd, readable: true, writable: false });
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const giveUp = () => resolve(false);
  // A program may have been let go by our opening the FIFO, and have ended, before the loop comes to read what tells so.
  const takeLast = () => resolve(socket.readableLength > 0 || hasBytes(fd));
  signal.addEventListener("abort", takeLast);
  socket.on("data", () => resolve(true));
  // The end comes only after a writer has come and gone: one who opens first is not told that there is none.
  socket.on("end", giveUp);
  socket.on("error", giveUp);
  // Also while it was being opened.
  if (signal.aborted) takeLast();
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", takeLast);
    socket.destroy();
  }
}

function hasBytes(fd: number): boolean {
  try {
    return readSync(fd, Buffer.alloc(1)) > 0;
  } catch {
    // EAGAIN: a writer has it open and has not written.
    return false;
  }
}

function hasWriter(fd: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    read(fd, Buffer.alloc(maxLineBytes), 0, maxLineBytes, null, (error, bytesRead) => {
      if (error === null) resolve(bytesRead > 0);
      else if (error.code === "EAGAIN") resolve(true);
      else reject(error);
    });
  });
}

class SocketLinkReader implements LinkReader {
  readonly firstLine: Promise<string | null>;
  readonly ended: Promise<void>;
  readonly #socket: Socket;

  constructor(fd: number) {
    const line = Promise.withResolvers<string | null>();
    const end = Promise.withResolvers<void>();
    this.firstLine = line.promise;
    this.ended = end.promise;
    this.#socket = new Socket({ fd, readable: true, writable: false });
    let text = "";
    this.#socket.setEncoding("utf8");
    this.#socket.on("data", (chunk: string) => {
      text = (text + chunk).slice(0, maxLineBytes);
      const newline = text.indexOf("\n");
      if (newline >= 0) line.resolve(text.slice(0, newline));
    });
    // A failure to read is the end as well: "close" follows.
    this.#socket.on("error", () => undefined);
    this.#socket.on("close", () => {
      line.resolve(null);
      end.resolve();
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}
