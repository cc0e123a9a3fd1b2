import { rmdir } from "node:fs/promises";
import { errnoOf } from "../../errno.ts";

/**
 * Removes an empty directory, or none: a tree that is mounted there after all, with whatever is mounted in it, is never
 * emptied. Rejects with Node's errors.
 */
export async function removeMountPoint(path: string): Promise<void> {
  await rmdir(path).catch((error: unknown) => {
    if (errnoOf(error) !== "ENOENT") {
      throw error;
    }
  });
}
