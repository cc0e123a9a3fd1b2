import { OperationError, type OutputFrame, type OutputOptions, type Subject } from "@gantry/api";
import type { DirectoryWatch, Host, ReadableFile } from "./host.ts";
import type { Outcome } from "./outcome.ts";
import { parseLog } from "./output-log.ts";
import type { ProcessFiles } from "./process-files.ts";

/** How much is read at once, and the largest frame. conmon's lines are at most 8 KiB and a header. */
const chunkBytes = 64 * 1024;

/** Whose output is read. */
export interface OutputSource {
  readonly host: Host;
  readonly files: ProcessFiles;
  readonly subject: Subject;
  /** Comes out when the process has ended and all its output is in the log, or when it will not be written any more. */
  readonly ended: Outcome<unknown>;
}

/**
 * Reads the log of a process, as `Process.output` says. An offset is a position in the log right behind a line.
 *
 * A reader holds nothing but its place: the log is a file, written whether or not somebody reads it.
 */
export async function* readOutput(source: OutputSource, options: OutputOptions): AsyncGenerator<OutputFrame> {
  // Watched before the first look, so that nothing is written unseen in between.
  using changes = options.follow ? new Changes(source, options.signal) : null;
  await using log = new Log(source);
  await log.checkOffset(options.fromOffset ?? 0n);
  for (let offset = options.fromOffset ?? 0n; ; ) {
    options.signal?.throwIfAborted();
    const isLast = changes === null || changes.isOver;
    for await (const frame of log.framesFrom(offset)) {
      yield frame;
      options.signal?.throwIfAborted();
      offset = frame.nextOffset;
    }
    if (isLast) {
      return;
    }
    await changes.next();
  }
}

/** The log of a process, which conmon makes a moment after the process's directory. */
class Log {
  readonly #source: OutputSource;
  #file: ReadableFile | null = null;

  constructor(source: OutputSource) {
    this.#source = source;
  }

  /** Shows what is there from byte `start` on. */
  async *framesFrom(start: bigint): AsyncGenerator<OutputFrame> {
    const file = await this.#open();
    const buffer = Buffer.alloc(file === null ? 0 : chunkBytes);
    for (let position = start; file !== null; ) {
      const length = await file.read(buffer, position);
      const parsed = parseLog(buffer.subarray(0, length), position);
      // The buffer is used again: parseLog joins a frame's lines into bytes of their own.
      yield* parsed.frames;
      if (parsed.length === 0) {
        return;
      }
      position += BigInt(parsed.length);
    }
  }

  /** An offset that we gave out lies behind a newline, and within what is kept. */
  async checkOffset(offset: bigint): Promise<void> {
    if (offset === 0n) {
      return;
    }
    const file = await this.#open();
    const before = Buffer.alloc(1);
    const isInside = offset > 0n && file !== null && offset <= (await file.size());
    const length = isInside ? await file.read(before, offset - 1n) : 0;
    if (length === 0 || before[0] !== 0x0a) {
      throw new OperationError("out-of-range", this.#source.subject, `no output ends at offset ${offset}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.[Symbol.asyncDispose]();
  }

  async #open(): Promise<ReadableFile | null> {
    this.#file ??= await this.#source.host.openForReading(this.#source.files.log);
    return this.#file;
  }
}

/** What a reader who follows waits for: more output, the end, or not wanting any more. */
class Changes {
  isOver = false;
  #wake = Promise.withResolvers<void>();
  readonly #watch: DirectoryWatch;
  readonly #signal: AbortSignal | undefined;
  readonly #unsubscribe: () => void;
  readonly #onChange = () => this.#wake.resolve();

  constructor({ host, files, ended }: OutputSource, signal: AbortSignal | undefined) {
    this.#watch = host.watch(files.directory, this.#onChange);
    this.#signal = signal;
    signal?.addEventListener("abort", this.#onChange);
    this.#unsubscribe = ended.subscribe(() => {
      this.isOver = true;
      this.#onChange();
    });
  }

  /** Resolves when something has happened since it resolved last. */
  async next(): Promise<void> {
    await this.#wake.promise;
    this.#wake = Promise.withResolvers<void>();
  }

  [Symbol.dispose](): void {
    this.#signal?.removeEventListener("abort", this.#onChange);
    this.#unsubscribe();
    this.#watch.close();
  }
}
