import { closeSync, constants, readdirSync } from "node:fs";
import { openat, rmdirat, unlinkat } from "@gantry/sys/at";
import { errnoOf } from "../file-error.ts";
import { type ByteString, nativeName } from "../tar/byte-string.ts";

/** Decides what stays of a tree that is removed, by its path from the root. */
export type Keeps = (path: ByteString) => boolean;

const nothing: Keeps = () => false;

/**
 * Removes `name` from an open directory with all that is in it, whatever it is, links themselves and not what they
 * point to. What is missing already is fine.
 *
 * @returns whether a directory was among it, so that handles of it are stale
 */
export function removeTree(directory: number, name: ByteString): boolean {
  return removeExcept(directory, name, { path: name, keeps: nothing });
}

/**
 * Removes `name` as {@link removeTree} does, except for what `keeps` says, which stays with the directories around it.
 *
 * @param options - `path`: the path of `name` for `keeps`
 */
export function removeExcept(
  directory: number,
  name: ByteString,
  options: { readonly path: ByteString; readonly keeps: Keeps },
): boolean {
  const isKept = options.keeps(options.path);
  if (!isKept && removeFile(directory, name)) return false;
  const handle = openDirectory(directory, name);
  if (handle === undefined) return false;
  try {
    removeContents(handle, options.path, options.keeps);
  } finally {
    closeSync(handle);
  }
  if (!isKept) rmdirat(directory, nativeName(name));
  return !isKept;
}

/** Removes everything in an open directory except for what `keeps` says. */
export function removeContents(handle: number, path: ByteString, keeps: Keeps): void {
  for (const name of readdirSync(`/proc/self/fd/${handle}`, { encoding: "latin1" })) {
    removeExcept(handle, name, { path: path === "" ? name : `${path}/${name}`, keeps });
  }
}

/** Whether nothing is left to do: the name was missing, or is now. A directory is left alone. */
function removeFile(directory: number, name: ByteString): boolean {
  try {
    unlinkat(directory, nativeName(name));
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT") return true;
    // POSIX lets unlink(2) answer EPERM for a directory, Linux answers EISDIR.
    if (errno === "EISDIR" || errno === "EPERM") return false;
    throw error;
  }
}

function openDirectory(directory: number, name: ByteString): number | undefined {
  const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;
  try {
    return openat(directory, nativeName(name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOTDIR" || errno === "ELOOP" || errno === "ENOENT") return undefined;
    throw error;
  }
}
