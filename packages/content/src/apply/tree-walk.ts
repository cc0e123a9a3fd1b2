import { closeSync, constants, fchmodSync, readlinkSync } from "node:fs";
import type { Subject } from "@gantry/api";
import { mkdirat, openat } from "@gantry/sys/at";
import { errnoOf } from "../file-error.ts";
import { type ByteString, nativeName, shownName } from "../tar/byte-string.ts";
import { invalidEntry } from "../tar/tar-entry.ts";

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;
/** As the kernel has it (path_resolution(7)): beyond this, links are taken for a circle. */
const maxLinks = 40;

/** What to do where a directory on the way is missing: make it, or give up. */
export type Missing = "make" | "give-up";

interface Step {
  readonly name: ByteString;
  /** Whether a symbolic link's text says so, rather than the path that was asked for. */
  readonly isLinked: boolean;
}

/**
 * Walks in a tree by open directories, one step at a time, so that no path is ever given to the kernel that it could
 * resolve differently by then: every step opens one name in a directory that is held open and follows no link.
 *
 * Symbolic links on the way are followed by this class itself, as a process would that has the tree as its root. One
 * that climbs above the root is refused. One whose target is missing is refused too, instead of making it: nobody who
 * builds an image needs it, and whoever tries to break out of one does.
 */
export class TreeWalk {
  readonly #root: number;
  readonly #subject: Subject;
  readonly #maxDepth: number;
  readonly #onMade: (path: ByteString) => void;
  /** Where we are: real directories from the root down. What a next walk shares with it is not opened again. */
  readonly #names: ByteString[] = [];
  readonly #handles: number[] = [];

  /**
   * @param root - handle of the root directory; stays the caller's
   * @param options - `onMade`: told the path of each directory that is made on the way
   */
  constructor(
    root: number,
    subject: Subject,
    options: { readonly maxDepth: number; readonly onMade?: (path: ByteString) => void },
  ) {
    this.#root = root;
    this.#subject = subject;
    this.#maxDepth = options.maxDepth;
    this.#onMade = options.onMade ?? (() => {});
  }

  /** Handle of the directory where the last walk ended; valid until the next one. */
  get handle(): number {
    return this.#handles.at(-1) ?? this.#root;
  }

  /** The path of that directory, `""` for the root; with no symbolic link in it. */
  get path(): ByteString {
    return this.#names.join("/");
  }

  /** The path of `name` in that directory, with no symbolic link in it: one path for one place. */
  pathOf(name: ByteString): ByteString {
    return this.#names.length === 0 ? name : `${this.path}/${name}`;
  }

  /**
   * Goes to a directory. Returns whether it is there, always so with `make`.
   *
   * @param entry - the entry that asks for it, for the message
   *
   * Throws `invalid-argument`: something on the way is no directory, or a link leads nowhere or out of the tree.
   */
  enter(components: readonly ByteString[], entry: ByteString, missing: Missing): boolean {
    const shared = this.#leaveUntilShared(components);
    const ahead: Step[] = components.slice(shared).map((name) => ({ name, isLinked: false }));
    let links = 0;
    for (let step = ahead.shift(); step !== undefined; step = ahead.shift()) {
      if (step.name === "" || step.name === ".") continue;
      if (step.name === "..") {
        this.#climb(entry);
        continue;
      }
      const found = this.#down(step.name);
      if (found === "directory") continue;
      if (found === "missing") {
        if (missing === "give-up") return false;
        this.#make(step, entry);
        continue;
      }
      if (found === "other") throw this.#refuse(entry, `its parent ${this.#shown(step.name)} is not a directory`);
      links += 1;
      if (links > maxLinks) throw this.#refuse(entry, `more than ${maxLinks} symbolic links are on its way`);
      ahead.unshift(...this.#follow(found.link));
    }
    return true;
  }

  /** Forgets where it is, after a directory was removed that it may be in. */
  reset(): void {
    while (this.#handles.length > 0) this.#leave();
  }

  #leaveUntilShared(components: readonly ByteString[]): number {
    let shared = 0;
    while (shared < this.#names.length && this.#names[shared] === components[shared]) shared += 1;
    while (this.#names.length > shared) this.#leave();
    return shared;
  }

  #leave(): void {
    this.#names.pop();
    const handle = this.#handles.pop();
    if (handle !== undefined) closeSync(handle);
  }

  #climb(entry: ByteString): void {
    if (this.#handles.length === 0) throw this.#refuse(entry, "a symbolic link on its way leaves the root");
    this.#leave();
  }

  #down(name: ByteString): "directory" | "missing" | "other" | { readonly link: ByteString } {
    try {
      this.#handles.push(openat(this.handle, nativeName(name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
      this.#names.push(name);
      return "directory";
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === "ENOENT") return "missing";
      // O_DIRECTORY with O_NOFOLLOW answers either for a symbolic link, depending on the file system.
      if (errno !== "ENOTDIR" && errno !== "ELOOP") throw error;
    }
    const link = linkText(this.handle, name);
    return link === undefined ? "other" : { link };
  }

  #make(step: Step, entry: ByteString): void {
    if (step.isLinked)
      throw this.#refuse(entry, `a symbolic link on its way leads to ${this.#shown(step.name)}, which is not there`);
    if (this.#handles.length >= this.#maxDepth)
      throw this.#refuse(entry, `is more than ${this.#maxDepth} directories deep`);
    mkdirat(this.handle, nativeName(step.name), 0o755);
    this.#down(step.name);
    // The umask may have taken some of it.
    fchmodSync(this.handle, 0o755);
    this.#onMade(this.path);
  }

  #follow(link: ByteString): readonly Step[] {
    if (link.startsWith("/")) this.reset();
    return link.split("/").map((name) => ({ name, isLinked: true }));
  }

  #shown(name: ByteString): string {
    return shownName(this.pathOf(name));
  }

  #refuse(entry: ByteString, rule: string) {
    return invalidEntry(this.#subject, entry, rule);
  }
}

/** The text of a symbolic link in an open directory, `undefined` if it is none. */
function linkText(directory: number, name: ByteString): ByteString | undefined {
  try {
    const path = Buffer.concat([Buffer.from(`/proc/self/fd/${directory}/`), Buffer.from(name, "latin1")]);
    return readlinkSync(path, "latin1");
  } catch (error) {
    if (errnoOf(error) === "EINVAL") return undefined;
    throw error;
  }
}
