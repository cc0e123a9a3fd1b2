import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, it, type TestContext } from "node:test";
import { registerSuite } from "./node-test.ts";
import type { Suite } from "./suite.ts";

/** Runs a program that registers suites under node:test of its own, and gives its TAP output and exit status. */
async function runProgram(
  test: TestContext,
  register: string,
): Promise<{ readonly tap: string; readonly status: number }> {
  const directory = await mkdtemp(join(tmpdir(), "gantry-suite-"));
  test.after(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, "program.test.mjs");
  const source = new URL("./node-test.ts", import.meta.url).href;
  await writeFile(
    file,
    `import { registerSuite } from ${JSON.stringify(source)};
     const suite = new Map([
       ["passes", async () => {}],
       ["fails", async () => { throw new TypeError("the reason"); }],
       ["lacks", async (context) => context.unimplemented("no pause here")],
       ["skips", async (context) => context.skip("no mounts here")],
     ]);
     ${register}`,
  );
  // Without it the inner run believes that it is part of this one and reports to nobody.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return new Promise((resolve) => {
    execFile(process.execPath, ["--test", "--test-reporter=tap", file], { env }, (error, tap) =>
      resolve({ tap, status: error === null ? 0 : 1 }),
    );
  });
}

describe("registerSuite", () => {
  it("registers every case under the title of contract and implementation", async (test) => {
    const { tap, status } = await runProgram(test, `registerSuite("contract: one", suite);`);
    assert.equal(status, 1);
    assert.match(tap, /# Subtest: contract: one/);
    assert.match(tap, /^ *ok 1 - passes$/m);
    assert.match(tap, /^ *not ok 2 - fails$/m);
    assert.match(tap, /the reason/);
    assert.match(tap, /^ *ok 3 - lacks$/m);
    assert.match(tap, /# unimplemented\n *# no pause here/);
    assert.match(tap, /^ *ok 4 - skips # SKIP no mounts here$/m);
  });

  it("lets a known failure fail as todo", async (test) => {
    const { tap, status } = await runProgram(
      test,
      `registerSuite("c", suite, { knownFailures: { fails: "see 12" } });`,
    );
    assert.equal(status, 0);
    assert.match(tap, /^ *not ok 2 - fails # TODO see 12$/m);
  });

  it("fails a known failure that passes", async (test) => {
    const { tap, status } = await runProgram(
      test,
      `registerSuite("c", suite, { knownFailures: { fails: "see 12", passes: "see 13" } });`,
    );
    assert.equal(status, 1);
    assert.match(tap, /^ *not ok 1 - passes$/m);
    assert.match(tap, /listed as a known failure \(see 13\)/);
  });

  it("lists every case of a suite that is skipped, with the reason", async (test) => {
    const { tap, status } = await runProgram(test, `registerSuite("c", suite, { skip: "needs root" });`);
    assert.equal(status, 0);
    assert.equal(tap.match(/# SKIP needs root/g)?.length, 4);
  });

  it("runs as many cases at once as it is told, by default one", async (test) => {
    // Each of the two cases ends when the other has begun; alone, the first would wait for ever.
    const meeting = `const begun = [Promise.withResolvers(), Promise.withResolvers()];
      const meet = (one, other) => async () => { begun[one].resolve(); await begun[other].promise; };
      const two = new Map([["a", meet(0, 1)], ["b", meet(1, 0)]]);`;
    const together = `registerSuite("c", two, { concurrency: 2 });`;
    const apart = `registerSuite("c", two, { timeoutMs: 50 });`;
    assert.equal((await runProgram(test, `${meeting} ${together}`)).status, 0);
    assert.equal((await runProgram(test, `${meeting} ${apart}`)).status, 1);
  });

  it("throws a TypeError for a known failure that is no case", () => {
    const suite: Suite = new Map();
    assert.throws(() => registerSuite("c", suite, { knownFailures: { missing: "x" } }), TypeError);
  });
});
