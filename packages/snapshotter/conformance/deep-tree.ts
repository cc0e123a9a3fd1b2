import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Makes a chain of `depth` directories with names of 200 bytes below `root`/chain, the lowest first, so that no path in
 * the making is longer than a system call takes. At the end of the chain is a file named `bottom`.
 */
export function makeDeep(root: string, depth: number): void {
  const name = "d".repeat(200);
  writeFileSync(join(root, "bottom"), "reached");
  mkdirSync(join(root, "chain"));
  renameSync(join(root, "bottom"), join(root, "chain/bottom"));
  for (let level = 0; level < depth; level += 1) {
    mkdirSync(join(root, "next"));
    renameSync(join(root, "chain"), join(root, "next", name));
    renameSync(join(root, "next"), join(root, "chain"));
  }
}
