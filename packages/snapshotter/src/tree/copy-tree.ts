import { type BigIntStats, chmodSync, linkSync, mkdirSync, readlinkSync, symlinkSync } from "node:fs";
import { fchownat, getXattr, listXattrs, mknodat, setXattr, utimensat } from "@gantry/sys/at";
import { errnoOf } from "../errno.ts";
import { FileCopier } from "./copy-file.ts";
import { type Visit, walkTree } from "./walk-tree.ts";

/** AT_FDCWD: all paths here are absolute, so no directory is needed. */
const noDirectory = -100;

const permissions = 0o7777n;

/**
 * Makes `to`, which must not exist, a copy of the tree at `from`: content, owners, modes, times with their nanoseconds,
 * extended attributes, hard links within the tree, symbolic links, devices, FIFOs, sockets and holes. Blocks are shared
 * where the file system can (reflinks).
 *
 * @param proceed - asked at each file; throws to stop the work
 */
export function copyTree(from: Buffer, to: Buffer, proceed: () => void): void {
  const copier = new FileCopier(proceed);
  /** Inode number in `from` -> its first name in `to`, of files that have several names. */
  const firstNames = new Map<bigint, Buffer>();
  for (const visit of walkTree(from, to)) {
    proceed();
    const { step, twin, stats } = visit;
    const firstName = step === "pass" ? firstNames.get(stats.ino) : undefined;
    if (step === "enter") {
      // Nobody else may look in before owner and mode are right; they are set when everything inside is.
      mkdirSync(twin, { mode: 0o700 });
    } else if (firstName !== undefined) {
      linkSync(firstName, twin);
    } else {
      if (step === "pass") {
        copyNode(visit, copier);
      }
      copyAttributes(visit);
      if (stats.nlink > 1n && !stats.isDirectory()) {
        firstNames.set(stats.ino, twin);
      }
    }
  }
}

function copyNode({ path, twin, stats }: Visit, copier: FileCopier): void {
  if (stats.isFile()) {
    copier.copy(path, twin, stats);
  } else if (stats.isSymbolicLink()) {
    symlinkSync(readlinkSync(path, { encoding: "buffer" }), twin);
  } else if (stats.isDirectory()) {
    // Something is mounted there, which is no part of this tree.
    mkdirSync(twin, { mode: 0o700 });
  } else {
    mknodat(noDirectory, twin, Number(stats.mode), stats.rdev);
  }
}

function copyAttributes({ path, twin, stats }: Visit): void {
  // In this order: a change of the owner clears the set-user-ID bits and file capabilities.
  fchownat(noDirectory, twin, Number(stats.uid), Number(stats.gid));
  copyXattrs(path, twin);
  if (!stats.isSymbolicLink()) {
    chmodSync(twin, Number(stats.mode & permissions));
  }
  utimensat(noDirectory, twin, timesOf(stats));
}

function timesOf(stats: BigIntStats) {
  return { atimeNs: stats.atimeNs, mtimeNs: stats.mtimeNs };
}

function copyXattrs(path: Buffer, twin: Buffer): void {
  for (const name of xattrsOf(path)) {
    const value = getXattr(path, name);
    if (value !== null) {
      setXattr(twin, name, value);
    }
  }
}

function xattrsOf(path: Buffer): readonly string[] {
  try {
    return listXattrs(path);
  } catch (error) {
    // The file system has none at all.
    if (errnoOf(error) === "ENOTSUP") {
      return [];
    }
    throw error;
  }
}
