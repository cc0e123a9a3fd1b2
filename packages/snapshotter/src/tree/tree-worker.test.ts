import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { describe, it, type TestContext } from "node:test";
import { rejectsWith } from "@gantry/api/testing";
import { scratchDirectory } from "../../conformance/scratch-directory.ts";
import { TreeWorker } from "./tree-worker.ts";

function openWorker(test: TestContext): TreeWorker {
  const worker = new TreeWorker();
  test.after(() => worker.close());
  return worker;
}

function fill(root: string, files: number): void {
  mkdirSync(root);
  for (let index = 0; index < files; index += 1) {
    writeFileSync(join(root, `file ${index}`), "");
  }
}

describe("TreeWorker", () => {
  it("measures, copies and removes", async (test) => {
    const root = await scratchDirectory(test);
    const worker = openWorker(test);
    fill(join(root, "from"), 3);
    await worker.copy(join(root, "from"), join(root, "to"));
    assert.equal((await worker.measure(join(root, "to"))).inodes, 4n);
    await worker.remove(join(root, "to"));
    await assert.rejects(worker.measure(join(root, "to")), { code: "ENOENT" });
  });

  it("tells which call failed how, and goes on with the next job", async (test) => {
    const root = await scratchDirectory(test);
    const worker = openWorker(test);
    fill(join(root, "from"), 1);
    const failing = worker.copy(join(root, "from"), join(root, "nowhere/to"));
    const next = worker.measure(join(root, "from"));
    await assert.rejects(failing, { code: "ENOENT", message: /nowhere/ });
    assert.equal((await next).inodes, 2n);
  });

  it("rejects with the reason of a signal that aborts, before and during the work", async (test) => {
    const root = await scratchDirectory(test);
    const worker = openWorker(test);
    fill(join(root, "from"), 2000);
    await assert.rejects(worker.measure(root, AbortSignal.abort("before")), (reason) => reason === "before");
    const abort = new AbortController();
    const copying = worker.copy(join(root, "from"), join(root, "to"), abort.signal);
    abort.abort("during");
    await assert.rejects(copying, (reason) => reason === "during");
    assert.ok((await worker.measure(join(root, "from"))).inodes > 0n, "the thread lives on");
  });

  it("leaves the event loop free while it works", async (test) => {
    const root = await scratchDirectory(test);
    const worker = openWorker(test);
    fill(join(root, "from"), 3000);
    // The start of the thread is over with the first job.
    await worker.measure(join(root, "from"));
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await worker.copy(join(root, "from"), join(root, "to"));
    delay.disable();
    // A copy of this size takes a hundred times as long; the rest is what other processes take of this machine.
    assert.ok(delay.percentile(50) < 20e6, `${delay.percentile(50)} ns`);
  });

  it("ends what is under way with aborted when it is closed, and may be closed twice", async (test) => {
    const root = await scratchDirectory(test);
    const worker = new TreeWorker();
    fill(join(root, "from"), 2000);
    const copying = rejectsWith("aborted", worker.copy(join(root, "from"), join(root, "to")));
    await worker.close();
    await copying;
    await worker.close();
  });
});
