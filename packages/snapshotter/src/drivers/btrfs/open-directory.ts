import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

/** Opens a directory for the time of `work`; a symbolic link in its place is refused (ENOTDIR). */
export async function withDirectory<T>(path: string, work: (directory: FileHandle) => Promise<T>): Promise<T> {
  const directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    return await work(directory);
  } finally {
    await directory.close();
  }
}
