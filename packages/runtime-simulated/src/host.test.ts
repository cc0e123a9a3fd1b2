import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isSimulated, MemoryHost } from "./host.ts";
import { SimulatedRuntime } from "./runtime.ts";
import { containerRecord, processRecord, requestFor, run } from "./testing/made.ts";

const name = { namespace: "tests", id: "c1" };
const json = JSON.stringify(containerRecord(processRecord(["cat"])));
const frame = { stream: "stdout", data: Buffer.from("x"), at: 1 } as const;

describe("memory host", () => {
  it("gives copies, which nobody changes under it", () => {
    const host = new MemoryHost();
    host.save(name, json, new Map([["c1", [frame]]]));
    const [entry] = host.load();
    assert.ok(entry !== undefined && "record" in entry);
    entry.record.isPaused = true;
    entry.output.get("c1")?.push(frame);
    const [again] = host.load();
    assert.ok(again !== undefined && "record" in again);
    assert.equal(again.record.isPaused, false);
    assert.equal(again.output.get("c1")?.length, 1);
  });

  it("adds to the output, and removes it alone or with the container", () => {
    const host = new MemoryHost();
    const count = () => {
      const [entry] = host.load();
      return entry !== undefined && "output" in entry ? (entry.output.get("c1")?.length ?? 0) : null;
    };
    for (let saves = 1; saves <= 3; saves += 1) {
      host.save(name, json, new Map([["c1", [frame]]]));
      assert.equal(count(), saves);
    }
    host.removeOutput(name, "c1");
    assert.equal(count(), 0);
    host.remove(name);
    assert.equal(count(), null);
    host.removeOutput(name, "c1");
    host.remove(name);
  });
});

describe("isSimulated", () => {
  it("tells whether a process goes on, also while nobody has the host open", async () => {
    const host = new MemoryHost();
    const runtime = new SimulatedRuntime(host);
    const container = await run(runtime, ["sleep", "1000"]);
    const { pid } = await container.state();
    const created = await runtime.create(requestFor(["true"], { id: "c2" }));
    const { pid: other } = await created.state();
    await runtime.close();
    assert.ok(pid !== null && isSimulated(host, pid));
    assert.ok(other !== null && isSimulated(host, other));
    assert.equal(isSimulated(host, process.pid), false);
  });

  it("knows of ends that nobody has seen, without making them happen", async () => {
    const host = new MemoryHost();
    const record = containerRecord(processRecord(["sleep", "1"], { status: "running", wakeAt: Date.now() - 1 }));
    host.save(name, JSON.stringify(record), new Map());
    assert.equal(isSimulated(host, 5_000_000), true);
    const ending = processRecord(["sleep", "1"], { status: "running", wakeAt: Date.now() - 5_000 });
    ending.memory.step = 1;
    host.save(name, JSON.stringify(containerRecord(ending)), new Map());
    assert.equal(isSimulated(host, 5_000_000), false);
    const [entry] = host.load();
    assert.ok(entry !== undefined && "record" in entry && entry.record.processes[0]?.exit === null);
  });
});
