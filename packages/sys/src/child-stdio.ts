import { closeSync, constants } from "node:fs";
import type { Readable, Writable } from "node:stream";
import type { FileActions } from "./file-actions.ts";
import { lastError, natively } from "./libc.ts";
import { createPipe, pipeStream } from "./pipe.ts";
import type { SpawnOptions, Stdio } from "./spawn-options.ts";

/** F_DUPFD_CLOEXEC of fcntl(2): a duplicate with a number of at least the argument. */
const duplicateAbove = 1030;

const calls = natively("fcntl", (libc) => ({
  fcntl: libc.func<[number, number, number]>("int fcntl(int fd, int command, int argument)"),
}));

/** The descriptors of a child to be, and our ends of its pipes. */
export class ChildStdio {
  /** What is to be closed once the child has its own copies. */
  readonly #forChild: number[] = [];
  /** Our ends, by the child's descriptor. */
  readonly #ours = new Map<number, number>();
  /** By the child's descriptor: which of our descriptors it gets; `null` for /dev/null. */
  readonly #sources: readonly (number | null)[];

  constructor(options: SpawnOptions) {
    const { stdin = "ignore", stdout = "ignore", stderr = "ignore", extraFds = [] } = options;
    const wanted: readonly Stdio[] = [stdin, stdout, stderr, ...extraFds];
    try {
      const sources = wanted.map((stdio, fd) => this.#sourceOf(stdio, fd));
      this.#sources = sources.map((source, fd) => this.#outOfTheWay(source, fd, wanted.length));
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  addTo(actions: FileActions): void {
    for (const [fd, source] of this.#sources.entries()) {
      if (source === null) actions.open(fd, "/dev/null", constants.O_RDWR);
      else actions.duplicate(source, fd);
    }
  }

  /** To be called when the child runs or could not be started. */
  closeForChild(): void {
    for (const fd of this.#forChild.splice(0)) closeSync(fd);
  }

  /** Our ends as streams, which own them from then on. */
  streams(): { readonly stdin: Writable | null; readonly stdout: Readable | null; readonly stderr: Readable | null } {
    const stream = (fd: number) => {
      const ours = this.#ours.get(fd);
      return ours === undefined ? null : pipeStream(ours, fd === 0 ? "write" : "read");
    };
    return { stdin: stream(0), stdout: stream(1), stderr: stream(2) };
  }

  /** Closes all that was made here. */
  abandon(): void {
    this.closeForChild();
    for (const fd of this.#ours.values()) closeSync(fd);
    this.#ours.clear();
  }

  #sourceOf(stdio: Stdio, fd: number): number | null {
    if (stdio === "ignore") return null;
    if (stdio === "inherit") return fd;
    if (stdio !== "pipe") return stdio;
    const { readFd, writeFd } = createPipe();
    const [ours, forChild] = fd === 0 ? [writeFd, readFd] : [readFd, writeFd];
    this.#ours.set(fd, ours);
    this.#forChild.push(forChild);
    return forChild;
  }

  /**
   * The child's descriptors are set one after the other, so a source among the numbers to be set could be overwritten
   * before its turn (think of stdout and stderr exchanged): it is replaced by a duplicate beyond them.
   */
  #outOfTheWay(source: number | null, fd: number, count: number): number | null {
    if (source === null || source === fd || source >= count) return source;
    const duplicate = calls().fcntl(source, duplicateAbove, count);
    if (duplicate < 0) throw lastError("fcntl", { attempt: `pass descriptor ${source} on` });
    this.#forChild.push(duplicate);
    return duplicate;
  }
}
