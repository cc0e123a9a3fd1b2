import type { OutputFrame } from "@gantry/api";

/** One line of conmon's log as it is in the file. */
interface LogLine {
  readonly stream: OutputFrame["stream"];
  readonly writtenAt: Date;
  /** The time as text: all lines of one read of conmon have the same. */
  readonly stamp: string;
  /** The process's own bytes, with the newline if it wrote one. */
  readonly data: Uint8Array;
}

const newline = 0x0a;
const space = 0x20;

/**
 * The frames in `bytes`, which begin at byte `offset` of the log, and how many of the bytes they take up. What is behind
 * the last newline is not whole yet, and left.
 *
 * conmon writes `TIME STREAM TAG TEXT` and a newline for each line (the log format of Kubernetes' container runtime
 * interface). With tag `F` the process wrote that newline itself; with `P` it did not. The text has all its other bytes,
 * so that the process's output comes out as it went in. Lines of one stream and moment become one frame.
 */
export function parseLog(
  bytes: Uint8Array,
  offset: bigint,
): { readonly frames: readonly OutputFrame[]; readonly length: number } {
  const frames: OutputFrame[] = [];
  let parts: Uint8Array[] = [];
  let last: LogLine | null = null;
  let position = 0;
  const flush = () => {
    if (last !== null && parts.length > 0) {
      const { stream, writtenAt } = last;
      frames.push({ stream, writtenAt, data: Buffer.concat(parts), nextOffset: offset + BigInt(position) });
    }
    parts = [];
  };
  for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, position)) {
    const line = parseLine(bytes.subarray(position, end + 1));
    if (line !== null && (last?.stream !== line.stream || last.stamp !== line.stamp)) {
      flush();
      last = line;
    }
    if (line !== null) parts.push(line.data);
    position = end + 1;
  }
  flush();
  return { frames, length: position };
}

/** A line that is none of conmon's is left out: it is what a full disk or a crash left of one. */
function parseLine(line: Uint8Array): LogLine | null {
  const timeEnd = line.indexOf(space);
  const streamEnd = line.indexOf(space, timeEnd + 1);
  if (timeEnd < 0 || streamEnd < 0 || line[streamEnd + 2] !== space) {
    return null;
  }
  const stamp = latin1(line.subarray(0, timeEnd));
  const stream = latin1(line.subarray(timeEnd + 1, streamEnd));
  const tag = latin1(line.subarray(streamEnd + 1, streamEnd + 2));
  const writtenAt = new Date(stamp);
  if (
    (stream !== "stdout" && stream !== "stderr") ||
    (tag !== "F" && tag !== "P") ||
    Number.isNaN(writtenAt.getTime())
  ) {
    return null;
  }
  const text = line.subarray(streamEnd + 3);
  return { stream, writtenAt, stamp, data: tag === "F" ? text : text.subarray(0, -1) };
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
