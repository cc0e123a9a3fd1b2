import { readFileSync, renameSync, writeFileSync } from "node:fs";

/** Reads what {@link writeJson} wrote there; `undefined` if nothing did. The type is the caller's word for it. */
export function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Writes a file that others, and whoever comes after a crash of this process, see whole or not at all. It is not synced:
 * a crash of the host may lose it.
 */
export function writeJson(path: string, value: object): void {
  const written = `${path}.new`;
  writeFileSync(written, JSON.stringify(value));
  renameSync(written, path);
}
