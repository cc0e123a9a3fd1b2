import { execFile } from "node:child_process";
import { promisify } from "node:util";

/**
 * Brings everything on the file system of `path` to the disk (syncfs(2), by sync(1)): one call for a tree of any number
 * of files, at the price of what others have written there too.
 */
export async function syncTree(path: string): Promise<void> {
  await promisify(execFile)("sync", ["-f", path]);
}
