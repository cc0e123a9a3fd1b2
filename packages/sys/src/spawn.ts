import { isMainThread } from "node:worker_threads";
import { spawnNode } from "./spawn-node.ts";
import type { Child, SpawnOptions } from "./spawn-options.ts";
import { spawnPosix } from "./spawn-posix.ts";

/**
 * Starts a program with exactly the environment and the descriptors that `options` name, and nothing inherited: all
 * other descriptors above 2 of this process are marked close-on-exec first.
 *
 * Resolves once the program is in place (its main function may not have begun yet). Rejects with
 * - a `SystemError` of syscall `spawn` whose message names the program, or the working directory if that is missing:
 *   ENOENT, EACCES, ENOEXEC, E2BIG, EAGAIN (too many processes) and so on
 * - a `SystemError` with EMFILE when there is no descriptor left for a pipe
 * - the signal's reason if it had aborted before the start
 *
 * After a rejection no child is left and all descriptors made for it are closed.
 */
export function spawn(options: SpawnOptions): Promise<Child> {
  return options.method === "node" || (options.method === undefined && !canSpawnPosix)
    ? spawnNode(options)
    : spawnPosix(options);
}

/** Signals, and so the news that a child ended, only reach the main thread. */
const canSpawnPosix = process.platform === "linux" && isMainThread;
