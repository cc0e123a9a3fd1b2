import { lstatSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

/** What a program can read of one file at most. */
const maxBytes = 1_048_576;

/** The files of a container's root file system, which are only ever read. No link is followed: it might lead out. */
export class RootFiles {
  readonly #root: string | null;

  /** @param root - directory on the host; `null` for a root file system without files */
  constructor(root: string | null) {
    this.#root = root;
  }

  /** Whether there is something of that absolute path. */
  exists(path: string): boolean {
    return this.#find(path) !== null;
  }

  /** Returns the bytes of a regular file of at most 1 MiB; `null` if there is none. */
  read(path: string): Uint8Array | null {
    const found = this.#find(path);
    if (found === null || !found.isFile || found.size > maxBytes) return null;
    return readFileSync(found.path);
  }

  #find(path: string): { readonly path: string; readonly isFile: boolean; readonly size: number } | null {
    if (this.#root === null) return null;
    const names = posix.resolve("/", path).split("/").filter(Boolean);
    let found = { path: this.#root, isFile: false, size: 0 };
    for (const [index, name] of names.entries()) {
      const current = join(found.path, name);
      const stats = lstatSync(current, { throwIfNoEntry: false });
      const isOnTheWay = index < names.length - 1;
      if (stats === undefined || stats.isSymbolicLink() || (isOnTheWay && !stats.isDirectory())) return null;
      found = { path: current, isFile: stats.isFile(), size: stats.size };
    }
    return found;
  }
}
