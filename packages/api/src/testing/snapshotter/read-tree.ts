import { createHash } from "node:crypto";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";

/** What a file looks like from outside, as one line, so that two trees can be compared and a difference read. */
async function describe(path: Buffer): Promise<string> {
  const stats = await lstat(path);
  const owner = `${(stats.mode & 0o7777).toString(8)} ${stats.uid}:${stats.gid}`;
  if (stats.isDirectory()) {
    return `directory ${owner}`;
  }
  if (stats.isSymbolicLink()) {
    return `link ${stats.uid}:${stats.gid} -> ${await readlink(path)}`;
  }
  if (stats.isFile()) {
    const hash = createHash("sha256").update(await readFile(path));
    return `file ${owner} ${stats.size} ${hash.digest("hex").slice(0, 16)}`;
  }
  if (stats.isBlockDevice() || stats.isCharacterDevice()) {
    return `${stats.isBlockDevice() ? "block" : "character"} device ${stats.rdev} ${owner}`;
  }
  return `${stats.isFIFO() ? "fifo" : "socket"} ${owner}`;
}

/**
 * Reads a whole tree: relative paths in order, `.` for the root, with type, mode, owner, size and content of each file.
 *
 * Names are bytes and need not be UTF-8, so each byte is shown as one character. Times and inode numbers are left out,
 * since a snapshotter need not keep those of directories.
 */
export async function readTree(root: string): Promise<ReadonlyMap<string, string>> {
  const tree = new Map<string, string>();
  await readInto(tree, Buffer.from(root), "");
  return tree;
}

async function readInto(tree: Map<string, string>, path: Buffer, shown: string): Promise<void> {
  const line = await describe(path);
  tree.set(shown === "" ? "." : shown, line);
  if (line.startsWith("directory ")) {
    const names = await readdir(path, { encoding: "buffer" });
    for (const name of names.toSorted(Buffer.compare)) {
      const below = name.toString("latin1");
      await readInto(tree, Buffer.concat([path, Buffer.from("/"), name]), shown === "" ? below : `${shown}/${below}`);
    }
  }
}
