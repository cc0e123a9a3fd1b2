import { once } from "node:events";
import type { Writable } from "node:stream";
import { toJson } from "./json.ts";

/** Where a command writes. */
export interface Output {
  /** Writes a line, or several, to stdout. */
  line(text: string): Promise<void>;

  /** Writes a value as JSON to stdout: an array or object over several lines. */
  json(value: unknown): Promise<void>;

  /** Writes a value as JSON to stdout, in one line. */
  jsonLine(value: unknown): Promise<void>;

  /**
   * Writes bytes to stdout or stderr as they are, waiting while the reader is slow.
   *
   * @returns whether there is still a reader
   */
  bytes(stream: "stdout" | "stderr", data: Uint8Array): Promise<boolean>;

  /** Writes one line about an error to stderr. */
  complain(error: unknown): void;

  /** Writes a line for a person to stderr. */
  note(text: string): void;

  /** Whether stderr is a terminal that may be written to in place, for progress. */
  readonly showsProgress: boolean;

  /** Whether nobody reads stdout any more; what is written is thrown away then. */
  readonly isDeaf: boolean;
}

/** Makes the output of this process. A reader that leaves, as head(1) does, is no error: what follows is thrown away. */
export function createOutput(): Output {
  const deaf = new Set<Writable>();
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", () => deaf.add(stream));
  }
  const write = async (stream: Writable, data: string | Uint8Array): Promise<boolean> => {
    if (!deaf.has(stream) && !stream.write(data)) {
      // Either the reader reads on, or it leaves.
      await Promise.race([once(stream, "drain"), once(stream, "close")]).catch(() => deaf.add(stream));
    }
    return !deaf.has(stream);
  };
  const line = async (text: string) => {
    await write(process.stdout, `${text}\n`);
  };
  return {
    line,
    json: (value) => line(toJson(value, 2)),
    jsonLine: (value) => line(toJson(value)),
    bytes: (stream, data) => write(process[stream], data),
    complain: (error) => void write(process.stderr, `gantry: ${describe(error)}\n`),
    note: (text) => void write(process.stderr, `${text}\n`),
    showsProgress: process.stderr.isTTY,
    get isDeaf() {
      return deaf.has(process.stdout);
    },
  };
}

/** The message alone, and below it what could not be undone. A stack helps nobody who did not write this program. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  const cleanup: readonly unknown[] = "cleanup" in error && Array.isArray(error.cleanup) ? error.cleanup : [];
  return [error.message, ...cleanup.map((failure) => `  and while undoing it: ${failure}`)].join("\n");
}
