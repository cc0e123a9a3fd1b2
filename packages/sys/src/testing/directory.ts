import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { unmountAll } from "../unmount.ts";

/** Why a test that needs root cannot run here, or `false` where it can: the value for a test's option `skip`. */
export const needsRoot: string | false =
  process.platform !== "linux" ? "needs Linux" : process.getuid?.() === 0 ? false : "needs root";

/** A fresh directory that is removed after the tests of the file, together with whatever is mounted below it by then. */
export function testDirectory(): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "gantry-sys-")));
  after(async () => {
    if (process.platform === "linux") await unmountAll(path);
    rmSync(path, { recursive: true });
  });
  return path;
}
