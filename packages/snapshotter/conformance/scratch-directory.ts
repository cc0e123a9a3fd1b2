import { execFile } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { TestContext } from "node:test";
import { promisify } from "node:util";
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
    // Node's own rm ends at paths longer than PATH_MAX.
    await promisify(execFile)("rm", ["-rf", directory]);
  });
  return directory;
}
