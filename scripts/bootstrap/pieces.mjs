/**
 * What a task needs on the machine, as a list of pieces in the order to install them.
 *
 * A piece is `{ what, isReady(task), install(task) }`. `isReady` only looks at a few files, so that a second run costs
 * next to nothing; `install` returns whether the task may go on. Both are asked again under the lock.
 */
import { debianPackages } from "./debian.mjs";
import { dependencies } from "./dependencies.mjs";
import { toolchain } from "./toolchain.mjs";

// Debian's packages come first: Node itself needs one of them.
const pieces = [debianPackages, toolchain, dependencies];

/** The pieces that `task` lacks. */
export function missingPieces(task) {
  return pieces.filter((piece) => !piece.isReady(task));
}

/** Installs what `task` lacks; returns false, after a message, when the task cannot run on this machine. */
export function installMissing(task) {
  return missingPieces(task).every((piece) => piece.install(task));
}
