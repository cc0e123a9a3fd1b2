import { Buffer } from "node:buffer";
import { lstat, readdir } from "node:fs/promises";
import type { SnapshotUsage } from "@gantry/api";
import type { LayerPathRules } from "./host.ts";

/**
 * Measures everything below a directory, and it, by what is allocated; a file with several names counts once, and no
 * link is followed. Works by paths alone, since Windows has no openat(2).
 *
 * Rejects with the error of the file system, or the reason of `signal`.
 */
export async function measureLayer(path: LayerPathRules, top: string, signal?: AbortSignal): Promise<SnapshotUsage> {
  const separator = Buffer.from(path.sep);
  /** Device and inode number of files with several names. */
  const counted = new Set<string>();
  let sizeBytes = 0n;
  let inodes = 0n;
  // Paths as bytes: on Linux, where this runs in tests, a name need not be UTF-8. Paths beyond 260 characters need the
  // prefix that Node adds to strings alone.
  const waiting = [Buffer.from(path.toNamespacedPath(top))];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    signal?.throwIfAborted();
    const here = next;
    const stats = await lstat(here, { bigint: true });
    if (stats.nlink > 1n && !stats.isDirectory()) {
      const identity = `${stats.dev}:${stats.ino}`;
      if (counted.has(identity)) {
        continue;
      }
      counted.add(identity);
    }
    // Blocks are there on Windows too, where libuv takes them from the allocation size.
    sizeBytes += stats.blocks * 512n;
    inodes += 1n;
    if (stats.isDirectory()) {
      const names = await readdir(here, { encoding: "buffer" });
      waiting.push(...names.map((name) => Buffer.concat([here, separator, name])));
    }
  }
  return { sizeBytes, inodes };
}
