import { createHash, type Hash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import type { HashReply, HashRequest } from "./hash-messages.ts";

const hashes = new Map<number, Hash>();
const pieceBytes = 1 << 20;

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
    case "start":
      hashes.set(request.hash, createHash(request.algorithm));
      return "";
    case "bytes":
      started(request.hash).update(request.bytes);
      return "";
    case "file":
      addFile(started(request.hash), request.path, request.length);
      return "";
    case "digest":
      // A copy, since the digest ends a hash and the ingest may go on.
      return started(request.hash).copy().digest("hex");
    case "drop":
      hashes.delete(request.hash);
      return "";
  }
}

function started(id: number): Hash {
  const hash = hashes.get(id);
  if (hash === undefined) throw new TypeError(`hash ${id} was not started`);
  return hash;
}

function addFile(hash: Hash, path: string, length: bigint): void {
  const file = openSync(path, "r");
  try {
    const piece = Buffer.allocUnsafe(pieceBytes);
    for (let left = length; left > 0n; ) {
      const wanted = left < BigInt(pieceBytes) ? Number(left) : pieceBytes;
      const got = readSync(file, piece, 0, wanted, null);
      if (got === 0) throw new RangeError(`${path} is ${left} bytes shorter than it was`);
      hash.update(piece.subarray(0, got));
      left -= BigInt(got);
    }
  } finally {
    closeSync(file);
  }
}
