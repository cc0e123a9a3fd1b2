import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import { inRoot } from "./bootstrap/root.mjs";
import { readResults } from "./testing/results.mjs";

/** Runs a script of this folder as from a shell. */
function runScript(name, args, { cwd = inRoot() } = {}) {
  // node:test refuses to run files from within a test file, which it knows by this variable.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return spawnSync(process.execPath, [inRoot("scripts", name), ...args], { cwd, env, encoding: "utf8" });
}

describe("a command given what it does not know", () => {
  const cases = [
    ["run.mjs", ["nothing"], /unknown task "nothing", expected one of\n\s+demo/],
    ["check.mjs", ["nothing"], /no such step: nothing; there are lint,/],
    ["test.mjs", ["nothing"], /no such package: nothing; there are api,/],
    ["measure.mjs", ["--nothing"], /no such option: --nothing/],
  ];
  for (const [script, args, expected] of cases) {
    it(`ends with status 2 and names what there is: ${script} ${args.join(" ")}`, () => {
      const { status, stderr } = runScript(script, args);
      assert.equal(status, 2);
      assert.match(stderr, expected);
    });
  }
});

describe("test-package.mjs", () => {
  /** A package of one test file, in a directory that is removed after the test. */
  function makePackage(t, body) {
    const directory = mkdtempSync(path.join(tmpdir(), "gantry-package-"));
    t.after(() => rmSync(directory, { recursive: true }));
    mkdirSync(path.join(directory, "src"));
    writeFileSync(path.join(directory, "package.json"), '{ "name": "@fixture/one", "type": "module" }');
    writeFileSync(path.join(directory, "src", "a.test.ts"), `import { describe, it } from "node:test";\n${body}\n`);
    return directory;
  }
  const cleanUp = (t) => t.after(() => rmSync(inRoot(".cache", "tests", "@fixture+one.json")));

  it("prints a line a file and ends with 0 when all passed", (t) => {
    cleanUp(t);
    const { status, stdout } = runScript("test-package.mjs", [], { cwd: makePackage(t, 'it("b", () => {});') });
    assert.match(stdout, /^@fixture\/one src\/a\.test\.ts: 1 passed, 0 failed, 0 skipped \(\d+\.\d s\)\n$/);
    assert.equal(status, 0);
  });

  it("prints all of a failure and what the file printed, and ends with 1", (t) => {
    cleanUp(t);
    const body =
      'describe("a", () => { it("b", () => { console.log("said before"); throw new Error("the reason"); }); });';
    const { status, stdout } = runScript("test-package.mjs", [], { cwd: makePackage(t, body) });
    assert.match(stdout, /FAILED a > b\n\s+Error: the reason/);
    assert.match(stdout, /the file printed:\n\s+said before/);
    assert.equal(status, 1);
  });

  it("leaves its records for the run over all packages", (t) => {
    cleanUp(t);
    runScript("test-package.mjs", [], { cwd: makePackage(t, 'it("b", { skip: "no reason to run" }, () => {});') });
    const [record] = readResults("tests").get("@fixture/one");
    assert.deepEqual([record.file, record.outcome, record.reason], ["src/a.test.ts", "skipped", "no reason to run"]);
  });

  it("passes over a package without tests", (t) => {
    cleanUp(t);
    const directory = makePackage(t, "");
    rmSync(path.join(directory, "src"), { recursive: true });
    const { status, stdout } = runScript("test-package.mjs", [], { cwd: directory });
    assert.deepEqual([status, stdout], [0, ""]);
  });
});
