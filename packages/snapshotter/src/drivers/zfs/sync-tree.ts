import { open } from "node:fs/promises";
import { syncfs } from "@gantry/sys/at";

/**
 * Brings everything on the file system of `path` to the disk (syncfs(2)): one call for a tree of any number of files,
 * at the price of what others have written there too.
 */
export async function syncTree(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await syncfs(directory.fd);
  } finally {
    await directory.close();
  }
}
