import { OperationError, type OutputFrame, type OutputOptions, type Subject } from "@gantry/api";
import type { Host, ReadableFile } from "./host.ts";
import { errnoOf } from "./host-error.ts";
import type { LogKeeper, LogPart } from "./log-keeper.ts";
import type { Outcome } from "./outcome.ts";
import { OutputChanges } from "./output-changes.ts";
import { parseLog } from "./output-log.ts";
import type { ProcessFiles } from "./process-files.ts";

/** How much is read at once, and the largest frame. conmon's lines are at most 8 KiB and a header. */
const chunkBytes = 64 * 1024;

/** Whose output is read. */
export interface OutputSource {
  readonly host: Host;
  readonly files: ProcessFiles;
  readonly subject: Subject;
  readonly log: LogKeeper;
  /** Comes out when the process has ended and all its output is in the log, or when it will not be written any more. */
  readonly ended: Outcome<unknown>;
}

/**
 * Reads the log of a process, as `Process.output` says. An offset is a position in the log right behind a line.
 *
 * A reader holds nothing but its place and the part that it is in, which it can read to its end also after that was
 * removed: the log is files, written whether or not somebody reads them. One that falls behind by more than is kept gets
 * `out-of-range`, and never output with a hole in it.
 */
export async function* readOutput(source: OutputSource, options: OutputOptions): AsyncGenerator<OutputFrame> {
  // Watched before the first look, so that nothing is written unseen in between.
  using changes = options.follow ? new OutputChanges(source, options.signal) : null;
  await using log = new LogReader(source);
  await log.seek(options.fromOffset ?? 0n);
  for (;;) {
    options.signal?.throwIfAborted();
    const isLast = changes === null || changes.isOver;
    await changes?.watchParts();
    for await (const frame of log.frames()) {
      yield frame;
      options.signal?.throwIfAborted();
    }
    if (isLast) {
      return;
    }
    await changes.next();
  }
}

/** A place in the log of a process, which conmon makes a moment after the process's directory. */
class LogReader {
  readonly #source: OutputSource;
  #base = 0n;
  #position = 0n;
  #file: ReadableFile | null = null;

  constructor(source: OutputSource) {
    this.#source = source;
  }

  /** Goes behind what an offset that we gave out says was seen, or with 0 to the first that is kept. */
  async seek(offset: bigint): Promise<void> {
    if (offset === 0n) {
      await this.#seekFirst();
      return;
    }
    const part = (await this.#source.log.parts()).findLast(({ base }) => base <= offset);
    if (part !== undefined) await this.#enter(part);
    const position = offset - this.#base;
    if (part === undefined || !(await this.#isBehindLine(position))) {
      const detail = `no output that is kept ends at offset ${offset}, begin at 0`;
      throw new OperationError("out-of-range", this.#source.subject, detail);
    }
    this.#position = position;
  }

  /** Shows what is there from this place on, and goes behind it. */
  async *frames(): AsyncGenerator<OutputFrame> {
    for (;;) {
      // Before it is read: a part that was followed by another one then is complete.
      const parts = await this.#source.log.parts();
      const index = parts.findIndex(({ base }) => base === this.#base);
      this.#file ??= await this.#open(parts[index]);
      yield* this.#framesOfPart();
      if (index < 0) {
        const detail = "what follows was removed before this reader came to it, as the log is limited; begin at 0";
        throw new OperationError("out-of-range", this.#source.subject, detail);
      }
      const next = parts[index + 1];
      if (next === undefined) {
        return;
      }
      await this.#enter(next);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.[Symbol.asyncDispose]();
  }

  /** The first part may be removed between being told and being opened. */
  async #seekFirst(): Promise<void> {
    for (;;) {
      const parts = await this.#source.log.parts();
      const [part] = parts;
      if (part !== undefined) await this.#enter(part);
      if (this.#file !== null || parts.length <= 1) return;
    }
  }

  async #enter(part: LogPart): Promise<void> {
    await this.#file?.[Symbol.asyncDispose]();
    this.#base = part.base;
    this.#position = 0n;
    this.#file = null;
    this.#file = await this.#open(part);
  }

  /** `null` also where the log was one file when its parts were asked for, and has been laid out in parts since. */
  async #open(part: LogPart | undefined): Promise<ReadableFile | null> {
    if (part === undefined) return null;
    try {
      return await this.#source.host.openForReading(part.path);
    } catch (error) {
      if (error instanceof OperationError && errnoOf(error.cause) === "ELOOP") return null;
      throw error;
    }
  }

  async *#framesOfPart(): AsyncGenerator<OutputFrame> {
    const file = this.#file;
    const buffer = Buffer.alloc(file === null ? 0 : chunkBytes);
    while (file !== null) {
      const length = await file.read(buffer, this.#position);
      const parsed = parseLog(buffer.subarray(0, length), this.#base + this.#position);
      // The buffer is used again: parseLog joins a frame's lines into bytes of their own.
      yield* parsed.frames;
      if (parsed.length === 0) {
        return;
      }
      this.#position += BigInt(parsed.length);
    }
  }

  async #isBehindLine(position: bigint): Promise<boolean> {
    const before = Buffer.alloc(1);
    const file = this.#file;
    if (file === null || position <= 0n || position > (await file.size())) return false;
    return (await file.read(before, position - 1n)) === 1 && before[0] === 0x0a;
  }
}
