import { access, constants, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { SpawnOptions } from "./spawn-options.ts";
import { SystemError } from "./system-error.ts";

/**
 * Finds the program of `options`: a name without a slash in the `PATH` of the environment the program is to get, never
 * in our own. Rejects with ENOENT when no directory of it holds an executable file of that name.
 */
export async function findExecutable(options: SpawnOptions): Promise<string> {
  const { file } = options;
  if (file.includes("/") || process.platform === "win32") return file;
  for (const directory of (options.env?.["PATH"] ?? "").split(delimiter)) {
    const candidate = join(directory, file);
    if (directory !== "" && (await isExecutable(candidate))) return candidate;
  }
  throw spawnError("ENOENT", file, "no such program in PATH");
}

/** Says what a start failed for: ENOENT may as well speak of the working directory as of the program. */
export async function explainSpawnFailure(errno: string, options: SpawnOptions): Promise<SystemError> {
  const { file, cwd } = options;
  if (cwd === undefined || (errno !== "ENOENT" && errno !== "ENOTDIR")) return spawnError(errno, file);
  const exists = await stat(cwd).then(
    (info) => info.isDirectory(),
    () => false,
  );
  return exists
    ? spawnError(errno, file)
    : spawnError(errno, file, `working directory ${JSON.stringify(cwd)} is missing`);
}

function spawnError(errno: string, path: string, reason?: string): SystemError {
  const attempt = `start ${JSON.stringify(path)}`;
  return new SystemError(errno, "spawn", reason === undefined ? { path, attempt } : { path, attempt, reason });
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
