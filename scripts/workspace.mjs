/** The packages of the workspace, read from their manifests. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { root } from "./bootstrap/root.mjs";

/** `{ name, short, directory, manifest }` for each package below `packages/`, in alphabetical order. */
export function workspacePackages(directory = root) {
  const packages = path.join(directory, "packages");
  return readdirSync(packages)
    .sort()
    .map((short) => path.join(packages, short))
    .filter((folder) => existsSync(path.join(folder, "package.json")))
    .map((folder) => {
      const manifest = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
      return { name: manifest.name, short: path.basename(folder), directory: folder, manifest };
    });
}

/**
 * Whether a file (by its path inside the package, with slashes) is there for tests alone and not published. A folder
 * `testing` holds what tests share; that of `api` itself is a product: the conformance suites.
 */
export function isTestCode(short, file) {
  if (file.endsWith(".test.ts") || file.startsWith("conformance/")) return true;
  if (short === "api" && file.startsWith("src/testing/")) return false;
  return /(^|\/)testing(\/|\.ts$)/.test(file);
}
