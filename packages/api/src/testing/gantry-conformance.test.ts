import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("./gantry-conformance.ts", import.meta.url));

interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(...args: readonly string[]): Promise<Run> {
  const conditions = process.execArgv.filter((arg) => arg.startsWith("--conditions"));
  return new Promise((resolve) => {
    execFile(process.execPath, [...conditions, program, ...args], (error, stdout, stderr) => {
      resolve({ status: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });
}

async function moduleWith(test: TestContext, source: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "gantry-conformance-"));
  test.after(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, "module.mjs");
  await writeFile(path, source);
  return path;
}

describe("gantry-conformance", () => {
  it("prints how each case ended and exits with 1 when one failed", async (test) => {
    const path = await moduleWith(
      test,
      `export async function openSnapshotterHarness() {
         return { snapshotter: { walk: async function* () {} }, close: async () => {} };
       }`,
    );
    const { status, stdout } = await run("snapshotter", path);
    assert.equal(status, 1);
    assert.match(stdout, /^pass {10}walk of an empty snapshotter shows nothing$/m);
    assert.match(stdout, /^fail {10}remove rejects an unknown name with not-found\n {4}TypeError/m);
    assert.match(stdout, /^skipped {7}a view refuses every write \(the harness performs no mounts\)$/m);
    assert.match(stdout, /\n\d+ pass, 0 unimplemented, \d+ skipped, \d+ fail\n$/);
  });

  it("runs the cases alone that have the given text in their titles", async (test) => {
    const path = await moduleWith(
      test,
      `export async function openSnapshotterHarness() {
         return { snapshotter: { walk: async function* () {} }, close: async () => {} };
       }`,
    );
    const { status, stdout } = await run("snapshotter", path, "empty snapshotter shows");
    assert.equal(status, 0);
    assert.equal(
      stdout,
      "pass          walk of an empty snapshotter shows nothing\n\n1 pass, 0 unimplemented, 0 skipped, 0 fail\n",
    );
    assert.equal((await run("snapshotter", path, "no such title")).status, 2);
  });

  it("exits with 2 and says what is missing", async (test) => {
    const path = await moduleWith(test, "export const nothing = 1;");
    const wrong = [
      [],
      ["snapshotter"],
      ["oven", path],
      ["snapshotter", path],
      ["snapshotter", path, "text", "more"],
      ["snapshotter", "unix://relative"],
      ["snapshotter", `unix://${path}.nobody`],
      ["runtime", `unix://${path}.nobody`],
    ];
    for (const { status, stderr } of await Promise.all(wrong.map((args) => run(...args)))) {
      assert.equal(status, 2);
      assert.match(stderr, /usage: gantry-conformance/);
    }
  });
});
