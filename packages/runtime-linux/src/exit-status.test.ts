import assert from "node:assert/strict";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Cgroup } from "./cgroup.ts";
import { type ExitSource, recordedExit, recordLostExit } from "./exit-status.ts";
import { nodeHost } from "./host-node.ts";
import { ProcessFiles } from "./process-files.ts";
import { testDirectory } from "./testing/directory.ts";

const root = testDirectory();
const noCgroup = new Cgroup(nodeHost, { mode: "none", mounts: new Map(), trees: [], unifiedControllers: [] }, "/c");

function source(name: string): ExitSource {
  const files = new ProcessFiles(join(root, name), "n+c");
  mkdirSync(files.exitDirectory, { recursive: true });
  return { host: nodeHost, files, subject: { type: "container", id: "c" }, pid: 42, cgroup: noCgroup };
}

describe("recordedExit", () => {
  it("is null as long as nothing is recorded, or not whole", async () => {
    const exit = source("nothing");
    assert.equal(await recordedExit(exit), null);
    writeFileSync(exit.files.monitorExit, "");
    assert.equal(await recordedExit(exit), null);
  });

  it("takes status and time from conmon's file, and gives the same again without it", async () => {
    const exit = source("status");
    writeFileSync(exit.files.monitorExit, "7");
    const exitedAt = new Date("2026-11-24T06:39:43.000Z");
    utimesSync(exit.files.monitorExit, exitedAt, exitedAt);
    const expected = { pid: 42, status: 7, exitedAt, oomKilled: false };
    assert.deepEqual(await recordedExit(exit), expected);
    await nodeHost.removeFile(exit.files.monitorExit);
    assert.deepEqual(await recordedExit(exit), expected);
  });

  it("tells that memory ran out by the file that conmon makes", async () => {
    const exit = source("oom");
    writeFileSync(exit.files.oom, "");
    writeFileSync(exit.files.monitorExit, "137");
    assert.equal((await recordedExit(exit))?.oomKilled, true);
  });

  it("takes a status that conmon could not tell for a lost one", async () => {
    const exit = source("minus-one");
    writeFileSync(exit.files.monitorExit, "-1");
    assert.equal((await recordedExit(exit))?.status, 255);
  });
});

describe("recordLostExit", () => {
  it("records 255, for good", async () => {
    const exit = source("lost");
    const lost = await recordLostExit(exit);
    assert.equal(lost.status, 255);
    assert.deepEqual(await recordedExit(exit), lost);
  });
});
