import { lstatSync, rmdirSync, unlinkSync } from "node:fs";
import { walkTree } from "./walk-tree.ts";

/**
 * Removes the tree at `root`. That there is none is success.
 *
 * Throws EISDIR or EPERM where something is mounted in the tree: what is mounted is never emptied.
 */
export function removeTree(root: Buffer): void {
  if (lstatSync(root, { throwIfNoEntry: false }) === undefined) {
    return;
  }
  for (const { step, path } of walkTree(root)) {
    if (step === "leave") {
      rmdirSync(path);
    } else if (step === "pass") {
      unlinkSync(path);
    }
  }
}
