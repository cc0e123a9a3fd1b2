import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
  watch,
  writeFileSync,
} from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { OperationError } from "@gantry/api";
import type { DirectoryWatch, HostFiles, ReadableFile } from "./host.ts";
import { errnoOf, hostError, hostSubject } from "./host-error.ts";
import { sendMessages } from "./node-attach.ts";
import { makeFifo, openFifo, writeFifo } from "./node-fifo.ts";
import { removeTree } from "./remove-tree.ts";
import { readTextInRoot } from "./rootfs-file.ts";

/** Our own files are small; one that is not was not written by us. */
const maxTextBytes = 4 * 1024 * 1024;
const readBytes = 16 * 1024;
const privateFile = 0o600;
const privateDirectory = 0o700;

/**
 * {@link HostFiles} by Node's own calls.
 *
 * The small files of bundles and control groups are in memory: what is done to one takes microseconds, and handing it to
 * another thread takes many times that. So those calls are made on the event loop's own thread, in the order in which
 * they are asked for; trees, logs and FIFOs go elsewhere.
 */
export const nodeFiles: HostFiles = {
  readText: (path) => presentOrNull(`read ${path}`, () => readText(path)),
  replaceText: (path, text) => guarded(`write ${path}`, () => replaceText(path, text)),
  writeText: (path, text) => guarded(`write ${path}`, () => writeText(path, text)),
  exists: async (path) => (await presentOrNull(`find ${path}`, async () => lstatSync(path))) !== null,
  kindOf: (path) => presentOrNull(`find ${path}`, async () => (statSync(path).isDirectory() ? "directory" : "other")),
  modifiedAt: async (path) => (await presentOrNull(`find ${path}`, async () => statSync(path)))?.mtime ?? null,
  list: async (path) => (await presentOrNull(`list ${path}`, async () => readdirSync(path))) ?? [],
  listDirectories: async (path) => (await presentOrNull(`list ${path}`, () => listDirectories(path))) ?? [],
  makeDirectory: (path) => guarded(`make directory ${path}`, () => makeDirectory(path)),
  makeFifo: (path, mode) => guarded(`make FIFO ${path}`, () => makeFifo(path, mode)),
  rename: (from, to) => guarded(`rename ${from}`, async () => renameSync(from, to)),
  removeFile: async (path) => {
    await presentOrNull(`remove ${path}`, async () => unlinkSync(path));
  },
  removeEmptyDirectory: (path) => guarded(`remove ${path}`, () => removeEmptyDirectory(path)),
  removeTree: (path) => guarded(`remove ${path}`, () => removeTree(path)),
  openForReading: (path) => presentOrNull(`read ${path}`, () => openForReading(path)),
  watch: watchDirectory,
  openFifo: (path, mode) => guarded(`open ${path}`, () => openFifo(path, mode)),
  writeFifo: (path, data, signal) => guarded(`write to ${path}`, () => writeFifo(path, data, signal)),
  sendMessages: (path, data, signal) => guarded(`send to ${path}`, () => sendMessages(path, data, signal)),
  readTextInRoot: (root, path, maxBytes) => guarded(`read ${path}`, () => readTextInRoot(root, path, maxBytes)),
};

async function guarded<T>(doing: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw hostError(error, doing);
  }
}

/** What is not there is no failure for those who look whether it is. */
function presentOrNull<T>(doing: string, call: () => Promise<T>): Promise<T | null> {
  return guarded(doing, async () => {
    try {
      return await call();
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return null;
      throw error;
    }
  });
}

/** Opened without waiting and without following a link, in case something else has come to stand in the file's place. */
async function readText(path: string): Promise<string> {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return readWhole(file, path).toString("utf8");
  } finally {
    closeSync(file);
  }
}

/** Until its end, since files of the kernel have no size; from a position, which what is no file refuses. */
function readWhole(file: number, path: string): Buffer {
  const chunks: Buffer[] = [];
  for (let total = 0; total <= maxTextBytes; ) {
    const chunk = Buffer.allocUnsafe(readBytes);
    const count = readSync(file, chunk, 0, readBytes, total);
    if (count === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, count));
    total += count;
  }
  throw new OperationError("data-loss", hostSubject, `${path} is larger than ${maxTextBytes} bytes`);
}

async function replaceText(path: string, text: string): Promise<void> {
  const fresh = `${path}.new`;
  if (lstatSync(fresh, { throwIfNoEntry: false }) !== undefined) unlinkSync(fresh);
  await writeText(fresh, text);
  renameSync(fresh, path);
}

async function writeText(path: string, text: string): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const file = openSync(path, flags, privateFile);
  try {
    writeFileSync(file, text);
  } finally {
    closeSync(file);
  }
}

async function listDirectories(path: string): Promise<readonly string[]> {
  const entries = readdirSync(path, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

async function makeDirectory(path: string): Promise<boolean> {
  try {
    mkdirSync(path, { mode: privateDirectory });
    return true;
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return false;
    throw error;
  }
}

async function removeEmptyDirectory(path: string): Promise<boolean> {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT") return true;
    if (errno === "ENOTEMPTY" || errno === "EBUSY" || errno === "EEXIST") return false;
    throw error;
  }
}

async function openForReading(path: string): Promise<ReadableFile> {
  const file: FileHandle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  return {
    read: async (buffer, position) => (await file.read(buffer, 0, buffer.length, position)).bytesRead,
    size: async () => (await file.stat({ bigint: true })).size,
    [Symbol.asyncDispose]: () => file.close(),
  };
}

function watchDirectory(directory: string, onChange: () => void): DirectoryWatch {
  const watcher = watch(directory, onChange);
  // The directory goes away with its owner, who closes the watch; until then there is nothing more to see.
  watcher.on("error", onChange);
  return { close: () => watcher.close() };
}
