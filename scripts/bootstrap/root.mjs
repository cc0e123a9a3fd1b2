import path from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root directory, absolute. */
export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/[/\\]$/, "");

/** An absolute path inside the repository. */
export function inRoot(...parts) {
  return path.join(root, ...parts);
}
