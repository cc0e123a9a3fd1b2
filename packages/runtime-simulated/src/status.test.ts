import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ProcessRecord } from "./record.ts";
import { exitOf, stateOf, statusOf } from "./status.ts";
import { containerRecord, processRecord } from "./testing/made.ts";

const withStatus = (change: Partial<ProcessRecord>) => processRecord(["cat"], change);
const exit = { pid: 5_000_000, status: 3, exitedAt: new Date(7), oomKilled: false };

describe("statusOf", () => {
  it("says paused of what runs in a paused container, and of nothing else", () => {
    for (const [status, expected] of [
      ["created", "created"],
      ["running", "paused"],
      ["stopped", "stopped"],
    ] as const) {
      const process = withStatus({ status });
      assert.equal(statusOf(process, { ...containerRecord(process), isPaused: true }), expected);
      assert.equal(statusOf(process, containerRecord(process)), status);
    }
  });
});

describe("stateOf", () => {
  it("tells the pid while there is a process, and the exit afterwards", () => {
    const running = withStatus({ status: "running" });
    assert.deepEqual(stateOf(running, containerRecord(running)), { status: "running", pid: 5_000_000, exit: null });
    const prepared = withStatus({ pid: 0 });
    assert.deepEqual(stateOf(prepared, containerRecord(prepared)), { status: "created", pid: null, exit: null });
    const stopped = withStatus({ status: "stopped", exit: { status: 3, at: 7 } });
    assert.deepEqual(stateOf(stopped, containerRecord(stopped)), { status: "stopped", pid: null, exit });
  });
});

describe("exitOf", () => {
  it("is null before the end", () => {
    assert.equal(exitOf(withStatus({})), null);
    assert.deepEqual(exitOf(withStatus({ exit: { status: 3, at: 7 } })), exit);
  });
});
