import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readStats } from "./stats.ts";
import { containerRecord, processRecord } from "./testing/made.ts";

const one = processRecord(["cat"], { status: "running" });
const ended = processRecord(["cat"], { id: "e1", status: "stopped", exit: { status: 0, at: 0 } });
const prepared = processRecord(["cat"], { id: "e2", pid: 0 });

describe("readStats", () => {
  it("counts the processes that are there", () => {
    const { memory, pids } = readStats(containerRecord(one, ended, prepared));
    assert.deepEqual(pids, { current: 1n });
    const { memory: more } = readStats(containerRecord(one, { ...one, id: "e3" }));
    assert.equal(more?.usageBytes, 2n * (memory?.usageBytes ?? 0n));
  });

  it("counts what the programs did, which only grows", () => {
    const record = containerRecord(one);
    const before = readStats(record).cpu?.usageNs ?? 0n;
    record.turns += 10;
    assert.ok(before > 0n && (readStats(record).cpu?.usageNs ?? 0n) > before);
  });

  it("shows limits where there are some", () => {
    const { memory, pids } = readStats({ ...containerRecord(one), limits: { memoryBytes: 5, pids: 6 } });
    assert.deepEqual([memory?.limitBytes, pids?.limit], [5n, 6n]);
    const unlimited = readStats(containerRecord(one));
    assert.equal("limitBytes" in (unlimited.memory ?? {}), false);
    assert.equal("limit" in (unlimited.pids ?? {}), false);
  });
});
