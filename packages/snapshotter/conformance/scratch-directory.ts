import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { TestContext } from "node:test";
import { unmountAll } from "@gantry/sys";

/** Whether this process may mount, make devices and change owners. */
export const isRoot: boolean = process.getuid?.() === 0;

/** Makes a directory for one test; with the test it goes, and so does what is mounted in it. */
export async function scratchDirectory(test: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "gantry-snapshotter-"));
  test.after(async () => {
    if (isRoot) {
      await unmountAll(directory);
    }
    await rm(directory, { recursive: true, force: true });
  });
  return directory;
}
