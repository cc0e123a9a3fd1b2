import type { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { spawn } from "./spawn.ts";
import type { Child, ExitStatus, SpawnOptions } from "./spawn-options.ts";
import { SystemError } from "./system-error.ts";

/** A program to run to its end, with its output collected. */
export interface RunOptions extends Omit<SpawnOptions, "stdin" | "stdout" | "stderr"> {
  /** What the program reads from its standard input. Default: nothing, from /dev/null. */
  readonly input?: string | Uint8Array;
  /** How much of each of the two outputs is kept; what comes beyond is read and dropped. Default: 1 MiB. */
  readonly maxOutputBytes?: number;
  /** After this time the program is killed with SIGKILL and the call rejects. Default: no limit. */
  readonly timeoutMs?: number;
}

export interface RunResult extends ExitStatus {
  /** Both as UTF-8, exactly as they came; bytes that are not UTF-8 become U+FFFD. */
  readonly stdout: string;
  readonly stderr: string;
  /** Whether `maxOutputBytes` cut one of them off. */
  readonly truncated: boolean;
}

const defaultMaxOutputBytes = 1024 * 1024;

/**
 * Runs a program to its end and resolves with its status, whatever that is, and its output.
 *
 * The end of the program is what counts: a descendant that lives on and holds the output open is not waited for, and
 * what it writes later is lost.
 *
 * Rejects as {@link spawn} does, and with
 * - a `SystemError` ETIMEDOUT when the program was killed at its deadline
 * - the signal's reason when it was killed because of that
 */
export async function run(options: RunOptions): Promise<RunResult> {
  const { input, maxOutputBytes = defaultMaxOutputBytes, ...spawnOptions } = options;
  const stdin = input === undefined ? "ignore" : "pipe";
  const child = await spawn({ ...spawnOptions, stdin, stdout: "pipe", stderr: "pipe" });
  const stdout = new Collector(child.stdout, maxOutputBytes);
  const stderr = new Collector(child.stderr, maxOutputBytes);
  // A program may end without having read its input: EPIPE is not our failure.
  child.stdin?.on("error", () => undefined).end(input);
  const status = await exitInTime(child, options);
  await drain([stdout, stderr]);
  child.stdin?.destroy();
  options.signal?.throwIfAborted();
  return { ...status, stdout: stdout.text(), stderr: stderr.text(), truncated: stdout.truncated || stderr.truncated };
}

async function exitInTime(child: Child, options: RunOptions): Promise<ExitStatus> {
  const { timeoutMs, file } = options;
  if (timeoutMs === undefined) return child.exit;
  let expired = false;
  const timer = setTimeout(() => {
    expired = child.kill("SIGKILL");
  }, timeoutMs);
  const status = await child.exit;
  clearTimeout(timer);
  if (!expired || status.signal !== "SIGKILL") return status;
  child.stdin?.destroy();
  child.stdout?.destroy();
  child.stderr?.destroy();
  throw new SystemError("ETIMEDOUT", "run", { path: file, reason: `still running after ${timeoutMs} ms, killed` });
}

/**
 * Waits for what a program that has ended left in its pipes: until both are at their end, or, where a descendant keeps
 * them open, until the event loop has looked at them twice and found nothing more.
 */
async function drain(collectors: readonly Collector[]): Promise<void> {
  for (let quiet = 0; quiet < 2 && collectors.some((each) => !each.ended); ) {
    const before = collectors.map((each) => each.seenBytes).join();
    await nextTurn();
    quiet = before === collectors.map((each) => each.seenBytes).join() ? quiet + 1 : 0;
  }
  for (const each of collectors) each.stop();
}

/** Keeps the beginning of a stream, and reads on beyond it so that the writer never blocks. */
class Collector {
  ended = false;
  truncated = false;
  seenBytes = 0;
  readonly #stream: Readable | null;
  readonly #chunks: Buffer[] = [];

  constructor(stream: Readable | null, maxBytes: number) {
    this.#stream = stream;
    stream?.on("data", (chunk: Buffer) => {
      const room = Math.max(0, maxBytes - this.seenBytes);
      if (chunk.length > room) this.truncated = true;
      if (room > 0) this.#chunks.push(chunk.subarray(0, room));
      this.seenBytes += chunk.length;
    });
    const end = () => {
      this.ended = true;
    };
    stream?.on("end", end).on("error", end);
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString("utf8");
  }

  stop(): void {
    this.#stream?.destroy();
  }
}
