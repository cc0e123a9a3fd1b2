import { mkdir, mkdtemp, readdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { type ErrorKind, type Mount, OperationError, type Subject } from "@gantry/api";
import { mountAll, unmountAll } from "@gantry/sys";
import { withCleanup } from "../cleanup.ts";
import { errnoOf, fileError } from "../file-error.ts";

/** What an errno of mount(2) says to who wants to unpack. */
const kinds: ReadonlyMap<string, ErrorKind> = new Map([
  ["EPERM", "permission-denied"],
  ["EACCES", "permission-denied"],
  ["ENOSYS", "unimplemented"],
  ["ENODEV", "unimplemented"],
  ["ENOMEM", "resource-exhausted"],
  ["ENOSPC", "resource-exhausted"],
]);

/** Shows mounts to somebody, in directories of their own below one that nobody else uses. */
export class MountedTrees {
  readonly #directory: string;
  readonly #mayMount: boolean;

  /**
   * @param directory - absolute path; made where it is missing
   * @param options - `mayMount`: whether this process can mount. Default: whether it is root
   */
  constructor(directory: string, { mayMount = process.getuid?.() === 0 }: { readonly mayMount?: boolean } = {}) {
    this.#directory = directory;
    this.#mayMount = mayMount;
  }

  /**
   * Performs `mounts`, runs `use` with the path that shows them, and undoes them, whatever happens.
   *
   * @param subject - what they are of, for errors
   */
  async show<T>(mounts: readonly Mount[], subject: Subject, use: (path: string) => Promise<T>): Promise<T> {
    const plain = this.#mayMount ? null : plainDirectory(mounts);
    if (plain !== null) return use(plain);
    const path = await this.#newDirectory(subject);
    let result: T;
    try {
      await performMounts(mounts, path, subject);
      result = await use(path);
    } catch (error) {
      throw withCleanup(error, await failuresOf(() => this.#hide(path)));
    }
    await this.#hide(path);
    return result;
  }

  /** Undoes every mount below the directory, as a crash leaves them, and removes what they were on. */
  async clean(): Promise<void> {
    await unmountAll(this.#directory);
    for (const name of await namesIn(this.#directory)) await rmdir(join(this.#directory, name));
  }

  async #newDirectory(subject: Subject): Promise<string> {
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      return await mkdtemp(join(this.#directory, "tree-"));
    } catch (error) {
      throw fileError(error, subject, "cannot make a directory to mount it on");
    }
  }

  /** Removed only where it is empty, so that a mount that stays for whatever reason is never emptied. */
  async #hide(path: string): Promise<void> {
    await unmountAll(path);
    await rmdir(path);
  }
}

/** The directory that mounts only show elsewhere, which one who cannot mount can use where it is; `null` if they do more. */
function plainDirectory(mounts: readonly Mount[]): string | null {
  const [mount] = mounts;
  if (mount === undefined || mounts.length > 1) return null;
  return mount.type === "bind" && mount.target === "" && !mount.options.includes("ro") ? mount.source : null;
}

async function performMounts(mounts: readonly Mount[], path: string, subject: Subject): Promise<void> {
  try {
    await mountAll(mounts, path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    const reason = error instanceof Error ? error.message : errno;
    throw new OperationError(kinds.get(errno) ?? "internal", subject, `cannot be mounted: ${reason}`, { cause: error });
  }
}

async function failuresOf(undo: () => Promise<void>): Promise<readonly unknown[]> {
  try {
    await undo();
    return [];
  } catch (error) {
    return [error];
  }
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  }
}
