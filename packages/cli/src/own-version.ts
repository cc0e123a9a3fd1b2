import { readFile } from "node:fs/promises";

/** Returns the version of this package. The manifest is one directory up from here, compiled and bundled alike. */
export async function ownVersion(): Promise<string> {
  const manifest: { version: string } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
  return manifest.version;
}
