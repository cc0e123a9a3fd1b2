import type { DirectoryWatch } from "./host.ts";
import type { OutputSource } from "./output-reader.ts";

/** What a reader who follows waits for: more output, the end, or not wanting any more. */
export class OutputChanges implements Disposable {
  isOver = false;
  #wake = Promise.withResolvers<void>();
  readonly #source: OutputSource;
  readonly #watch: DirectoryWatch;
  #partsWatch: DirectoryWatch | null = null;
  readonly #signal: AbortSignal | undefined;
  readonly #unsubscribe: () => void;
  readonly #onChange = () => this.#wake.resolve();

  constructor(source: OutputSource, signal: AbortSignal | undefined) {
    const { host, files, ended } = source;
    this.#source = source;
    this.#watch = host.watch(files.directory, this.#onChange);
    this.#signal = signal;
    signal?.addEventListener("abort", this.#onChange);
    this.#unsubscribe = ended.subscribe(() => {
      this.isOver = true;
      this.#onChange();
    });
  }

  /** Watches what is written to the log's parts, if it has any: they are made when the process is. */
  async watchParts(): Promise<void> {
    const { host, files, log } = this.#source;
    if (this.#partsWatch === null && (await log.isInParts())) {
      this.#partsWatch = host.watch(files.logParts, this.#onChange);
    }
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
    this.#partsWatch?.close();
  }
}
