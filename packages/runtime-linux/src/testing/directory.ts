import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

/** Why a test that needs root cannot run here; `undefined` where it can. */
export const needsRoot = process.platform === "linux" && process.getuid?.() === 0 ? undefined : "needs Linux and root";

/** A fresh directory that is removed after the tests of the file. */
export function testDirectory(): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "gantry-linux-unit-")));
  after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
