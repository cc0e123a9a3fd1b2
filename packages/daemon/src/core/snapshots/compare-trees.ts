import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from "node:fs";
import { differXattrs } from "./compare-xattrs.ts";

/** One difference between two file trees. */
export interface TreeChange {
  /** With a slash in front; `/` is the root. Bytes that are no UTF-8 are replaced by U+FFFD. */
  readonly path: string;
  readonly kind: "added" | "changed" | "removed";
}

/** A directory that is open, or nothing: the tree has none here. */
type Directory = number | undefined;

/** Two directories that are walked together. Names are of Latin-1, one letter a byte, as file names are bytes. */
interface Level {
  readonly before: Directory;
  readonly after: Directory;
  readonly path: string;
  readonly names: readonly string[];
  next: number;
}

const pieceBytes = 1 << 16;
const openDirectory = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
// Nothing that a race puts in the place of a file is followed or waited for.
const openFile = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Walks two file trees at once and yields what makes `after` of `before`, ordered by path, component by component; a
 * directory comes before what is in it. What is below an added directory is yielded too, what was below a removed one
 * is not. Symbolic links are compared and never followed, also if the trees change meanwhile.
 *
 * Entries differ if type, mode, owner, size, link target, device number or extended attributes do; a directory's size and
 * times say nothing. Files of one size and different times are read and compared. It does not wait, and so belongs in a
 * thread.
 *
 * @param before - path of a directory; `null` for an empty tree, whose root is not compared
 *
 * Throws errors of Node and of `@gantry/sys`, each with its `code`.
 */
export function* compareTrees(before: string | null, after: string): Generator<TreeChange, void, void> {
  const levels: Level[] = [];
  try {
    const beforeRoot = before === null ? undefined : openSync(before, openDirectory);
    levels.push({ before: beforeRoot, after: undefined, path: "", names: [], next: 0 });
    const afterRoot = openSync(after, openDirectory);
    levels[0] = level(beforeRoot, afterRoot, "");
    if (beforeRoot !== undefined && differRoots(beforeRoot, afterRoot)) yield { path: "/", kind: "changed" };
    for (let top = levels.at(-1); top !== undefined; top = levels.at(-1)) {
      const name = top.names[top.next++];
      if (name === undefined) close(levels.pop());
      else yield* compareEntry(top, name, levels);
    }
  } finally {
    for (const open of levels) close(open);
  }
}

/** Compares one entry; directories are put on `levels`, to be walked next. */
function* compareEntry(top: Level, name: string, levels: Level[]): Generator<TreeChange, void, void> {
  const path = `${top.path}/${name}`;
  const before = stat(top.before, name);
  const after = stat(top.after, name);
  if (after === undefined) {
    if (before !== undefined) yield { path: shown(path), kind: "removed" };
    return;
  }
  if (before === undefined) yield { path: shown(path), kind: "added" };
  else if (differ(top, name, { before, after })) yield { path: shown(path), kind: "changed" };
  if (!after.isDirectory()) return;
  const below = openBelow(top.after, name);
  // Gone since it was looked at.
  if (below === undefined) return;
  let others: Directory;
  try {
    others = before?.isDirectory() ? openBelow(top.before, name) : undefined;
    levels.push(level(others, below, path));
  } catch (error) {
    close({ before: others, after: below });
    throw error;
  }
}

function differ(
  top: Level,
  name: string,
  pair: { readonly before: BigIntStats; readonly after: BigIntStats },
): boolean {
  const { after, before } = pair;
  if (differInode(before, after) || (after.isFile() && before.size !== after.size)) return true;
  if (after.isSymbolicLink() && readLink(top.before, name) !== readLink(top.after, name)) return true;
  if ((after.isCharacterDevice() || after.isBlockDevice()) && before.rdev !== after.rdev) return true;
  // Whatever the times: a file system may keep them in whole seconds, and attributes change within one.
  if (differXattrs(at(top.before, name), at(top.after, name))) return true;
  return after.isFile() && before.mtimeNs !== after.mtimeNs && differContent(top, name);
}

function differRoots(before: number, after: number): boolean {
  return differInode(fstat(before), fstat(after)) || differXattrs(before, after);
}

/** Type and permissions are both in `mode`. */
function differInode(before: BigIntStats, after: BigIntStats): boolean {
  return before.mode !== after.mode || before.uid !== after.uid || before.gid !== after.gid;
}

function differContent(top: Level, name: string): boolean {
  const before = openSync(at(top.before, name), openFile);
  try {
    const after = openSync(at(top.after, name), openFile);
    try {
      const ours = Buffer.alloc(pieceBytes);
      const theirs = Buffer.alloc(pieceBytes);
      for (;;) {
        const length = readPiece(before, ours);
        if (length !== readPiece(after, theirs)) return true;
        if (length === 0) return false;
        if (!ours.subarray(0, length).equals(theirs.subarray(0, length))) return true;
      }
    } finally {
      closeSync(after);
    }
  } finally {
    closeSync(before);
  }
}

/** Fills the buffer unless the file ends: a read may return less than was asked for. */
function readPiece(fd: number, buffer: Buffer): number {
  let length = 0;
  while (length < buffer.length) {
    const read = readSync(fd, buffer, length, buffer.length - length, null);
    if (read === 0) break;
    length += read;
  }
  return length;
}

function level(before: Directory, after: Directory, path: string): Level {
  const names = new Set([...namesIn(before), ...namesIn(after)]);
  return { before, after, path, names: [...names].sort((a, b) => (a < b ? -1 : 1)), next: 0 };
}

function namesIn(directory: Directory): readonly string[] {
  return directory === undefined ? [] : readdirSync(`/proc/self/fd/${directory}`, "latin1");
}

/** An entry by way of its open directory, so that nothing above it can be exchanged for a link. */
function at(directory: Directory, name: string): Buffer {
  return Buffer.from(`/proc/self/fd/${directory ?? -1}/${name}`, "latin1");
}

function stat(directory: Directory, name: string): BigIntStats | undefined {
  return directory === undefined ? undefined : lstatSync(at(directory, name), { bigint: true, throwIfNoEntry: false });
}

function fstat(fd: number): BigIntStats {
  return fstatSync(fd, { bigint: true });
}

function readLink(directory: Directory, name: string): string {
  return readlinkSync(at(directory, name), "latin1");
}

function openBelow(directory: Directory, name: string): Directory {
  try {
    return openSync(at(directory, name), openDirectory);
  } catch (error) {
    if (error instanceof Error && "code" in error && ["ENOENT", "ENOTDIR", "ELOOP"].includes(String(error.code))) {
      return undefined;
    }
    throw error;
  }
}

function close(open: Pick<Level, "before" | "after"> | undefined): void {
  for (const fd of [open?.before, open?.after]) if (fd !== undefined) closeSync(fd);
}

function shown(path: string): string {
  return Buffer.from(path, "latin1").toString("utf8");
}
