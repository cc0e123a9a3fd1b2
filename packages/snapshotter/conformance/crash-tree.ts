import { createHash } from "node:crypto";
import {
  chmod,
  chown,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  rmdir,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Mount, Snapshotter } from "@gantry/api";
import { mountAll, unmountAll } from "@gantry/sys";
import { getXattr, listXattrs, setXattr } from "@gantry/sys/at";

/** Large enough that a file system keeps it in blocks of its own, which a power cut can lose apart from the name. */
const contentBytes = 20_000;

/**
 * Writes a tree that says `word` in each of the ways a snapshot can carry something: content, names, modes, owners, links
 * and attributes. What was written for another word is partly changed, partly removed. Writing it again changes nothing.
 */
export async function writeTree(directory: string, word: string): Promise<void> {
  await rm(join(directory, "odd"), { recursive: true, force: true });
  await mkdir(join(directory, "odd/deeper"), { recursive: true });
  await writeFile(join(directory, "same"), word.repeat(contentBytes / word.length));
  await writeFile(join(directory, `odd/${word}`), word);
  await chmod(join(directory, `odd/${word}`), 0o4751);
  await link(join(directory, `odd/${word}`), join(directory, "odd/deeper/second name"));
  await symlink(word, join(directory, "odd/link"));
  await chmod(join(directory, "odd/deeper"), 0o2700);
  await chown(join(directory, "odd/deeper"), 1000, 1001);
  // Of the namespace that every file system has which root can use here.
  setXattr(join(directory, "odd"), "trusted.gantry", Buffer.from(word));
}

/** A hash of all that {@link writeTree} writes, and of sizes and times of change besides. */
export async function digestTree(directory: string): Promise<string> {
  const hash = createHash("sha256");
  const names = await readdir(directory, { recursive: true });
  for (const name of ["", ...names.sort()]) {
    const path = join(directory, name);
    const { mode, uid, gid, nlink, rdev, mtimeNs } = await lstat(path, { bigint: true });
    const kind = Number(mode) & 0o170000;
    // The links of a directory are counted by some file systems only.
    const links = kind === 0o040000 ? 0n : nlink;
    const attributes = listXattrs(path).map((key) => [key, getXattr(path, key)?.toString("hex")]);
    hash.update(`${JSON.stringify([name, attributes, ...[mode, uid, gid, links, rdev, mtimeNs].map(String)])}\n`);
    if (kind === 0o100000) {
      hash.update(await readFile(path));
    } else if (kind === 0o120000) {
      hash.update(await readlink(path));
    }
  }
  return hash.digest("hex");
}

/** Shows a snapshot outside of the snapshotter's root for the time of `work`. */
export async function withMounts<T>(mounts: readonly Mount[], work: (path: string) => Promise<T>): Promise<T> {
  const place = await mkdtemp(join(tmpdir(), "gantry-crash-shown-"));
  try {
    await mountAll(mounts, place);
    return await work(place);
  } finally {
    await unmountAll(place);
    await rmdir(place);
  }
}

/** The {@link digestTree} of a Committed snapshot, seen through a view that goes again. */
export async function digestCommitted(snapshotter: Snapshotter, name: string): Promise<string> {
  const mounts = await snapshotter.view("shown for its digest", name);
  const digest = await withMounts(mounts, digestTree);
  await snapshotter.remove("shown for its digest");
  return digest;
}
