import { appendFileSync, closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { OperationError } from "../../errors.ts";
import type { OutputFrame } from "../../process.ts";

/** A frame before it has its place in a log. */
export type KeptFrame = Omit<OutputFrame, "nextOffset">;

/** How much of a log is read at once, unless a single frame is longer. */
const chunkBytes = 1 << 20;

/** Adds a frame to the log in the file at `path`, a line of JSON for each. Of several writers at once, each adds whole lines. */
export function appendFrame(path: string, { stream, data, writtenAt }: KeptFrame): void {
  const kept = { stream, writtenAt: writtenAt.getTime(), data: Buffer.from(data).toString("base64") };
  appendFileSync(path, `${JSON.stringify(kept)}\n`);
}

/**
 * Reads frames of a log behind the offset `from`, which is 0n or the `nextOffset` of one: a MiB of the file or so at once,
 * none where there are no more. A frame that is being written is left for the next call.
 *
 * Throws `out-of-range`: no frame ends at `from`.
 */
export function readFrames(path: string, from: bigint): readonly OutputFrame[] {
  // Nobody may have written yet.
  if (from === 0n && !existsSync(path)) return [];
  const file = openSync(path, "r");
  try {
    const size = BigInt(fstatSync(file).size);
    if (from < 0n || from > size || (from > 0n && !isBehindLine(file, Number(from)))) {
      throw new OperationError("out-of-range", { type: "process", id: path }, `no frame ends at offset ${from}`);
    }
    return framesIn(readLines(file, Number(from), Number(size)), Number(from));
  } finally {
    closeSync(file);
  }
}

function isBehindLine(file: number, position: number): boolean {
  const before = Buffer.alloc(1);
  return readSync(file, before, 0, 1, position - 1) === 1 && before[0] === 0x0a;
}

/** Whole lines, of which there is one if there is any. */
function readLines(file: number, from: number, size: number): string {
  for (let length = chunkBytes; ; length *= 2) {
    const bytes = Buffer.alloc(Math.min(length, size - from));
    readSync(file, bytes, 0, bytes.length, from);
    const end = bytes.lastIndexOf("\n") + 1;
    if (end > 0 || length >= size - from) return bytes.toString("latin1", 0, end);
  }
}

function framesIn(lines: string, from: number): readonly OutputFrame[] {
  let next = from;
  return lines.split("\n").flatMap((line): OutputFrame[] => {
    if (line === "") return [];
    const { stream, writtenAt, data } = JSON.parse(line);
    next += line.length + 1;
    return [{ stream, data: Buffer.from(data, "base64"), nextOffset: BigInt(next), writtenAt: new Date(writtenAt) }];
  });
}
