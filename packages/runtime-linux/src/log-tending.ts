import type { DirectoryWatch, Host } from "./host.ts";
import type { LogKeeper } from "./log-keeper.ts";
import type { ProcessFiles } from "./process-files.ts";

/** What tending a log needs. */
export interface LogTendingOptions {
  readonly host: Host;
  readonly files: ProcessFiles;
  readonly keeper: LogKeeper;
  readonly log: (message: string) => void;
}

/**
 * Has the keeper look at a log whenever conmon has begun a new part of it, from now until it is closed.
 *
 * The process's directory is watched: in it are the links that a rotation replaces, and not the parts, so that writing
 * output wakes nobody here.
 */
export class LogTending implements Disposable {
  readonly #options: LogTendingOptions;
  #watch: DirectoryWatch | null = null;
  #isLooking = false;
  #isAgain = false;
  #isClosed = false;

  constructor(options: LogTendingOptions) {
    this.#options = options;
    const { host, files } = options;
    try {
      this.#watch = host.watch(files.directory, () => void this.#look());
    } catch (error) {
      // The kernel has no more watches. The log stays in its limits, but less of it is kept.
      this.#tell(error);
    }
    void this.#look();
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#watch?.close();
    this.#watch = null;
  }

  async #look(): Promise<void> {
    this.#isAgain = this.#isLooking;
    if (this.#isLooking || this.#isClosed) {
      return;
    }
    this.#isLooking = true;
    try {
      await this.#keep();
    } catch (error) {
      this.#tell(error);
    } finally {
      this.#isLooking = false;
    }
    // At most once for all that happened meanwhile.
    if (this.#isAgain) void this.#look();
  }

  async #keep(): Promise<void> {
    const { keeper } = this.#options;
    if (await keeper.isInParts()) await keeper.parts();
    else this[Symbol.dispose]();
  }

  #tell(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    // Of a process that is deleted, the files may go away while they are looked at.
    if (!this.#isClosed) this.#options.log(`cannot keep the parts of its log: ${reason}`);
  }
}
