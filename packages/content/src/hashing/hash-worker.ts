import { createHash, type Hash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import type { HashReply, HashRequest } from "./hash-messages.ts";

/** A file that is hashed as it grows. */
interface HashedFile {
  readonly hash: Hash;
  readonly path: string;
  readonly handle: number;
  done: bigint;
}

const files = new Map<number, HashedFile>();
/** Used by all, one after another: requests are answered without waiting for anything. */
const piece = Buffer.allocUnsafe(1 << 20);

parentPort?.on("message", (request: HashRequest) => {
  parentPort?.postMessage(answer(request));
});

function answer(request: HashRequest): HashReply {
  try {
    return { value: perform(request) };
  } catch (error) {
    return { error };
  }
}

function perform(request: HashRequest): string {
  switch (request.do) {
    case "start": {
      const { algorithm, path } = request;
      files.set(request.hash, { hash: createHash(algorithm), path, handle: openSync(path, "r"), done: 0n });
      return "";
    }
    case "advance":
      advance(started(request.hash), request.length);
      return "";
    case "digest":
      // A copy, since the digest ends a hash and the file may go on.
      return started(request.hash).hash.copy().digest("hex");
    case "drop":
      closeSync(started(request.hash).handle);
      files.delete(request.hash);
      return "";
  }
}

function started(id: number): HashedFile {
  const file = files.get(id);
  if (file === undefined) throw new TypeError(`hash ${id} was not started`);
  return file;
}

function advance(file: HashedFile, length: bigint): void {
  while (file.done < length) {
    const left = length - file.done;
    const wanted = left < BigInt(piece.length) ? Number(left) : piece.length;
    const got = readSync(file.handle, piece, 0, wanted, file.done);
    if (got === 0) throw new RangeError(`${file.path} is ${left} bytes shorter than it was`);
    file.hash.update(piece.subarray(0, got));
    file.done += BigInt(got);
  }
}
