import { join } from "node:path";
import type { Host } from "./host.ts";
import type { ProcessFiles } from "./process-files.ts";

const partName = /^\d+$/;
const noteName = /^(\d+)\.after$/;

/**
 * The names in the directory of a log's parts: a part is `NUMBER`, and a link `NUMBER.after` to another part notes that it
 * begins where that one ends. Notes are links and not text, so that none is ever there in part.
 */
export class LogNames {
  readonly #host: Host;
  readonly #files: ProcessFiles;

  constructor(host: Host, files: ProcessFiles) {
    this.#host = host;
    this.#files = files;
  }

  path(number: number): string {
    return join(this.#files.logParts, String(number));
  }

  /** What a link to a part has in it: relative, since a bundle is renamed before it is removed. */
  target(number: number): string {
    return `logs/${number}`;
  }

  /** The part that `log` points to; `null` if it is no link. */
  current(): Promise<number | null> {
    return this.#numberAt(this.#files.log);
  }

  /** The part that conmon's next rotation begins; `null` if none is prepared for. */
  next(): Promise<number | null> {
    return this.#numberAt(this.#files.nextLog);
  }

  /** The greatest number of a part that is there; 0 if there is none, which then is the one that `log` begins with. */
  async newest(): Promise<number> {
    const names = await this.#host.list(this.#files.logParts);
    return Math.max(0, ...names.filter((name) => partName.test(name)).map(Number));
  }

  /** The part that is there and ends where `number` begins; `null` if there is none. */
  async before(number: number): Promise<number | null> {
    const name = await this.#host.readLink(this.#note(number));
    const isThere = name !== null && partName.test(name) && (await this.#host.fileId(this.path(Number(name)))) !== null;
    return isThere ? Number(name) : null;
  }

  /** Notes that part `number` begins where `after` ends. Idempotent. */
  async noteFollows(number: number, after: number): Promise<void> {
    await this.#host.makeLink(String(after), this.#note(number));
  }

  /** Removes all parts below `number`, and what is noted of its begin and theirs. */
  async removeBelow(number: number): Promise<void> {
    const names = await this.#host.list(this.#files.logParts);
    const parts = names.filter((name) => partName.test(name) && Number(name) < number);
    const notes = names.filter((name) => Number(noteName.exec(name)?.[1] ?? Number.NaN) <= number);
    for (const name of notes) await this.#host.removeFile(join(this.#files.logParts, name));
    // As trees, which are removed beside the event loop: to free a large file takes the kernel milliseconds.
    for (const name of parts) await this.#host.removeTree(join(this.#files.logParts, name));
  }

  #note(number: number): string {
    return `${this.path(number)}.after`;
  }

  async #numberAt(link: string): Promise<number | null> {
    const target = await this.#host.readLink(link);
    const name = target?.startsWith("logs/") ? target.slice("logs/".length) : "";
    return partName.test(name) ? Number(name) : null;
  }
}
