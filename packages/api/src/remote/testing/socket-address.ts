import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";

/** Returns the address of a socket in a fresh directory, which is removed after the test. */
export function socketAddress(test: Pick<TestContext, "after">): string {
  const directory = mkdtempSync(path.join(tmpdir(), "gantry-remote-"));
  test.after(() => rmSync(directory, { recursive: true, force: true }));
  return `unix://${path.join(directory, "s")}`;
}
