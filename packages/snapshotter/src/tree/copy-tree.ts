import { linkSync, mkdirSync, readlinkSync, symlinkSync } from "node:fs";
import { mknodat } from "@gantry/sys/at";
import { copyAttributes } from "./copy-attributes.ts";
import { FileCopier } from "./copy-file.ts";
import { type Visit, walkTree } from "./walk-tree.ts";

/** AT_FDCWD: all paths here are absolute, so no directory is needed. */
const noDirectory = -100;

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
