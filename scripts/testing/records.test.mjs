import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { countRecords, countsLine } from "./counts.mjs";

const needsRoot = { skip: process.getuid?.() === 0 ? false : "needs root" };

/** Whether the process does anything; one that ended but was not yet waited for has no command line left. */
function isRunning(pid) {
  return existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/cmdline`, "utf8") !== "";
}

/** Runs one file as test-package.mjs does and prints its records. */
const runner = `
  import { runTestFiles } from ${JSON.stringify(new URL("./run-files.mjs", import.meta.url).href)};
  const { FILE, OPTIONS } = process.env;
  for await (const { records } of runTestFiles([FILE], JSON.parse(OPTIONS))) console.log(JSON.stringify(records));
`;

describe("the records of a test file", () => {
  let directory = "";
  before(() => {
    directory = mkdtempSync(path.join(tmpdir(), "gantry-records-"));
    writeFileSync(path.join(directory, "runner.mjs"), runner);
  });
  after(() => rmSync(directory, { recursive: true }));

  /** Runs one real test file with this body and returns its records. */
  async function recordsOf(name, body, options) {
    const file = path.join(directory, `${name}.test.mjs`);
    writeFileSync(file, `import { describe, it, before } from "node:test";\n${body}\n`);
    // node:test refuses to run files from within a test file, which it knows by this variable.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const { stdout } = await promisify(execFile)(process.execPath, [path.join(directory, "runner.mjs")], {
      env: { ...env, FILE: file, OPTIONS: JSON.stringify(options ?? {}) },
    });
    return JSON.parse(stdout);
  }
  const brief = (records) => records.map(({ path: titles, outcome, reason }) => [titles.join(" > "), outcome, reason]);

  it("carry the titles from the outermost describe to the test", async () => {
    const body = 'describe("a", () => describe("b", () => it("c", () => {}))); describe("d", () => it("e", () => {}));';
    assert.deepEqual(brief(await recordsOf("titles", body)), [
      ["a > b > c", "passed", undefined],
      ["d > e", "passed", undefined],
    ]);
  });

  it("name the reason of each skip, also of a whole describe and of one decided in the test", async () => {
    const body = `it("a", { skip: "no root" }, () => {}); it("b", (t) => t.skip("later"));
      it("c", { skip: true }, () => {}); describe("d", { skip: "no runc" }, () => it("e", () => {}));`;
    assert.deepEqual(brief(await recordsOf("skips", body)), [
      ["a", "skipped", "no root"],
      ["b", "skipped", "later"],
      ["c", "skipped", "no reason given"],
      ["d", "skipped", "no runc"],
    ]);
  });

  it("hold a known failure to failing", async () => {
    const body = 'it("a", { todo: "bug 7" }, () => { throw 1; }); it("b", { todo: "bug 8" }, () => {});';
    const records = await recordsOf("known", body);
    assert.deepEqual(brief(records), [
      ["a", "known-failure", "bug 7"],
      ["b", "failed", undefined],
    ]);
    assert.match(records[1].error, /bug 8.*remove the mark/);
  });

  it("carry a test's diagnostics, and not those of its neighbour", async () => {
    const body = 'it("a", (t) => t.diagnostic("unimplemented")); it("b", () => {});';
    const records = await recordsOf("diagnostics", body);
    assert.deepEqual(
      records.map(({ diagnostics }) => diagnostics),
      [["unimplemented"], []],
    );
  });

  it("count a failed test once, not its describe again", async () => {
    const body = 'describe("a", () => it("b", () => { throw new Error("why"); }));';
    const records = await recordsOf("failure", body);
    assert.deepEqual(brief(records), [["a > b", "failed", undefined]]);
    assert.match(records[0].error, /why/);
  });

  it("count a failed hook", async () => {
    const body = 'describe("a", () => { before(() => { throw new Error("hook"); }); it("b", () => {}); });';
    assert.ok(countRecords(await recordsOf("hook", body)).failed >= 1);
  });

  const crashes = {
    "exits with a status": ["process.exit(3);", /exit status 3/],
    "dies of a signal": ['it("a", () => process.kill(process.pid, "SIGKILL"));', /SIGKILL/],
    "does not parse": ["const =", /exit status 1/],
    "holds no test": ["", /holds no test/],
  };
  for (const [title, [body, expected]] of Object.entries(crashes)) {
    it(`count a file that ${title} as a failure`, async () => {
      const records = await recordsOf("crash", body);
      assert.deepEqual(countRecords(records), { passed: 0, failed: 1, skipped: 0 });
      assert.match(records[0].error, expected);
    });
  }

  const leftovers = {
    "a file": ['writeFileSync(path.join(tmpdir(), "forgotten"), "");', /file .*forgotten/],
    "a process": ['spawn("sleep", ["60"], { detached: true, stdio: "ignore" }).unref();', /process \d+: sleep 60/],
  };
  for (const [what, [body, expected]] of Object.entries(leftovers)) {
    it(`count ${what} that the tests left behind as a failure, and remove it`, async () => {
      const imports = 'import { spawn } from "node:child_process"; import { writeFileSync } from "node:fs"; ';
      const more = 'import { tmpdir } from "node:os"; import path from "node:path"; ';
      const records = await recordsOf("left", `${imports}${more}it("a", () => { ${body} });`);
      assert.deepEqual(countRecords(records), { passed: 1, failed: 1, skipped: 0 });
      assert.match(records[1].error, expected);
      const place = /(?:file (?<file>.*)|process (?<pid>\d+))/.exec(records[1].error).groups;
      if (place.file !== undefined) assert.equal(existsSync(place.file), false);
      else assert.equal(isRunning(place.pid), false);
    });
  }

  it("count a mount that the tests left behind as a failure, and undo it", needsRoot, async () => {
    const body = `import { execFileSync } from "node:child_process"; import { tmpdir } from "node:os"; import { mkdirSync } from "node:fs";
      it("a", () => { mkdirSync(tmpdir() + "/m"); execFileSync("mount", ["-t", "tmpfs", "none", tmpdir() + "/m"]); });`;
    const records = await recordsOf("mount", body);
    assert.deepEqual(countRecords(records), { passed: 1, failed: 1, skipped: 0 });
    const { target } = /mount (?<target>.*)/.exec(records[1].error).groups;
    assert.equal(readFileSync("/proc/self/mountinfo", "utf8").includes(` ${target} `), false);
  });

  it("only hold the suites asked for", async () => {
    const body = 'describe("x: a", () => it("b", () => {})); describe("y: a", () => it("b", () => {}));';
    const records = await recordsOf("names", body, { names: ["/^x/"] });
    assert.deepEqual(
      records.map(({ path: titles }) => titles.join(" > ")),
      ["x: a > b"],
    );
  });

  it("are counted as passed, failed and skipped, known failures among the skipped", () => {
    const outcomes = ["passed", "passed", "failed", "skipped", "known-failure"].map((outcome) => ({ outcome }));
    assert.equal(countsLine(countRecords(outcomes)), "2 passed, 1 failed, 2 skipped");
  });
});
