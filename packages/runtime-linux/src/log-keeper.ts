import { OperationError, type Subject } from "@gantry/api";
import { SerialQueue } from "@gantry/api/kit";
import type { Host } from "./host.ts";
import { LogNames } from "./log-names.ts";
import type { ProcessFiles } from "./process-files.ts";

/** A file of a log. An offset in the log is `base` and a position in the file. */
export interface LogPart {
  readonly base: bigint;
  readonly path: string;
}

/** A part's number is above these bits of an offset, so that offsets grow from part to part. */
const positionBits = 32n;
/** How often it is looked again when conmon begins a part while we look; it takes far longer to fill one. */
const attempts = 20;
/** The first part, and the one that follows it. */
const first = 0;
const second = 2;

/** Whose log is kept. */
export interface LogKeeperOptions {
  readonly host: Host;
  readonly files: ProcessFiles;
  readonly subject: Subject;
}

/** What was found of a log in parts. */
interface Found {
  readonly current: number;
  /** Where `log.tmp` points to: conmon writes that part after `current`, without fail. */
  readonly next: number;
}

/**
 * Makes a log begin anew without anything being lost on the way, to be called before conmon is started. Idempotent.
 *
 * conmon rotates by opening `log.tmp` and renaming it over `log` (reopen_k8s_file in its ctr_logging.c), which would drop
 * what was written. It follows links, though: where `log` and `log.tmp` are links to `logs/0` and `logs/2`, the renaming
 * replaces a link, and the file stays. That holds for one rotation, whether or not anybody looks. Then a link
 * has to be put in place again, which {@link LogKeeper} does.
 */
export async function prepareLogParts(host: Host, files: ProcessFiles): Promise<void> {
  const names = new LogNames(host, files);
  // First, since by it readers tell that the log is in parts.
  await host.makeDirectory(files.logParts);
  await names.noteFollows(second, first);
  await host.makeLink(names.target(second), files.nextLog);
  await host.makeLink(names.target(first), files.log);
}

/**
 * Knows of which parts the log of a process consists, and has conmon's next rotation keep the present one.
 *
 * Where that comes too late, or nobody was there to do it, conmon makes `log` a file without a number. That one gets a
 * number when it is seen, before any offset in it is told; since it is not noted to follow another, all before it is
 * gone. Numbers are never used again, so that an offset means the same bytes for ever.
 */
export class LogKeeper {
  readonly #options: LogKeeperOptions;
  readonly #names: LogNames;
  readonly #queue = new SerialQueue();
  #known: { readonly next: number; readonly parts: readonly LogPart[] } | null = null;

  constructor(options: LogKeeperOptions) {
    this.#options = options;
    this.#names = new LogNames(options.host, options.files);
  }

  /**
   * Returns the parts that are kept, in order and without a gap: the last is being written, the others are complete.
   * Which of them exist as files yet is not said. Removes those that are not kept any more.
   *
   * Rejects with `unavailable`: parts come faster than they can be looked at, or `log` is nothing that conmon makes.
   */
  parts(): Promise<readonly LogPart[]> {
    return this.#queue.run(() => this.#parts());
  }

  /** Whether the log is in parts at all; one that has no limit is a single file. */
  isInParts(): Promise<boolean> {
    return this.#options.host.exists(this.#options.files.logParts);
  }

  async #parts(): Promise<readonly LogPart[]> {
    // The link goes away by a rotation and by nothing else.
    if (this.#known !== null && (await this.#names.next()) === this.#known.next) {
      return this.#known.parts;
    }
    if (!(await this.isInParts())) {
      return [{ base: 0n, path: this.#options.files.log }];
    }
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const found = await this.#prepareNext();
      if (found !== null) return this.#tidy(found);
    }
    // It is in the midst of a rotation, perhaps for ever: it may have been killed there.
    const current = await this.#current();
    if (current !== null) {
      return this.#kept(current);
    }
    throw new OperationError("unavailable", this.#options.subject, "its log cannot be told apart from what follows it");
  }

  /**
   * Finds the present part and sees to it that the next one is prepared for.
   *
   * conmon may rotate between any two steps. So a link is made only while there is none: then every rotation meanwhile
   * made a file without a number, and the new number is above all. And that the new part follows the present one is
   * believed only if that was still the present one when the link was there.
   *
   * @returns `null` if conmon rotated meanwhile, or is about to
   */
  async #prepareNext(): Promise<Found | null> {
    const { host, files } = this.#options;
    const prepared = await this.#names.next();
    const current = await this.#current();
    if (current === null) {
      return null;
    }
    if (prepared !== null) {
      return prepared > current ? { current, next: prepared } : null;
    }
    const next = Math.max(current, await this.#names.newest()) + second;
    const isMade = await host.makeLink(this.#names.target(next), files.nextLog);
    return isMade && (await this.#current()) === current ? { current, next } : null;
  }

  /** The number of the part that is being written, which it gets here if it has none. */
  async #current(): Promise<number | null> {
    const { host, files } = this.#options;
    const number = await this.#names.current();
    const id = number === null ? await host.fileId(files.log) : null;
    if (number !== null || id === null) {
      // There is always a log once it was prepared for.
      return number ?? ((await host.exists(files.log)) ? null : first);
    }
    const newest = await this.#names.newest();
    if ((await host.fileId(this.#names.path(newest))) === id) {
      return newest;
    }
    // A number below that of a part prepared for: those are two apart.
    const path = this.#names.path(newest + 1);
    if (!(await host.linkFile(files.log, path))) {
      return null;
    }
    if ((await host.fileId(path)) === null) {
      // By now it was a link, to the part that was prepared for.
      await host.removeFile(path);
      return null;
    }
    return newest + 1;
  }

  /** Keeps the present part and the one before it, notes what comes next, and removes the rest. */
  async #tidy({ current, next }: Found): Promise<readonly LogPart[]> {
    await this.#names.noteFollows(next, current);
    const parts = await this.#kept(current);
    await this.#names.removeBelow(Number((parts[0]?.base ?? 0n) >> positionBits));
    this.#known = { next, parts };
    return parts;
  }

  async #kept(current: number): Promise<readonly LogPart[]> {
    const before = await this.#names.before(current);
    const kept = before === null ? [current] : [before, current];
    return kept.map((number) => ({ base: BigInt(number) << positionBits, path: this.#names.path(number) }));
  }
}
