import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rejectsWith } from "../testing/assertions.ts";
import { DrivenProcess } from "./driven-process.ts";
import { RuntimeRules } from "./runtime-rules.ts";
import { SerialQueue } from "./serial-queue.ts";
import { MemoryProcess } from "./testing/memory-driver.ts";

const allowed = { stdin: true, terminal: true } as const;
const denied = { exec: false, pause: false, update: false, stats: false, checkpoint: false };
const capabilities = { ...denied, ...allowed, pipes: false, oomDetection: false };

function processOf(driver: MemoryProcess = new MemoryProcess()) {
  const rules = new RuntimeRules(capabilities, new AbortController().signal);
  return { driver, process: new DrivenProcess({ id: "p", driver, rules, queue: new SerialQueue(), forget: () => {} }) };
}

const textOf = (data: Uint8Array) => new TextDecoder().decode(data);

describe("DrivenProcess: wait", () => {
  it("gives everybody the same exit, also those who ask later", async () => {
    const { driver, process } = processOf();
    const waiting = [process.wait(), process.wait()];
    await process.start();
    const exit = driver.end(3);
    assert.deepEqual(await Promise.all([...waiting, process.wait()]), [exit, exit, exit]);
    assert.equal(driver.listeners, 0);
  });

  it("ends by its signal alone, with its reason", async () => {
    const { driver, process } = processOf();
    const abort = new AbortController();
    const reason = new Error("no longer wanted");
    const waiting = assert.rejects(process.wait({ signal: abort.signal }), reason);
    abort.abort(reason);
    await waiting;
    assert.equal(driver.listeners, 0);
    assert.equal(driver.current.status, "created");
  });

  it("rejects with not-found if it is deleted before it ended", async () => {
    const { process } = processOf();
    const waiting = rejectsWith("not-found", process.wait());
    assert.equal(await process.delete(), null);
    await waiting;
  });

  it("looks again and again where the driver does not tell of changes", async () => {
    const driver = new MemoryProcess();
    Object.assign(driver, { subscribe: undefined });
    const { process } = processOf(driver);
    const waiting = process.wait();
    await process.start();
    driver.end(4);
    assert.equal((await waiting).status, 4);
  });
});

describe("DrivenProcess: output", () => {
  it("follows until the end, and shows what came just before it", async () => {
    const { driver, process } = processOf();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { data } of process.output({ follow: true })) seen.push(textOf(data));
    })();
    await process.start();
    driver.print("one");
    driver.print("two");
    driver.end(0);
    await reading;
    assert.deepEqual(seen, ["one", "two"]);
    assert.equal(driver.listeners, 0);
  });

  it("goes on behind an offset, and without follow ends at what is there", async () => {
    const { driver, process } = processOf();
    for (const text of ["one", "two", "three"]) driver.print(text);
    const seen: string[] = [];
    for await (const { data } of process.output({ fromOffset: 1n })) seen.push(textOf(data));
    assert.deepEqual(seen, ["two", "three"]);
    await rejectsWith("out-of-range", process.output({ fromOffset: -1n }).next());
  });

  it("is refused where it is not kept", async () => {
    const driver = new MemoryProcess();
    Object.assign(driver, { readOutput: undefined });
    await rejectsWith("failed-precondition", processOf(driver).process.output().next());
  });

  it("frees a reader who leaves", async () => {
    const { driver, process } = processOf();
    driver.print("one");
    for await (const frame of process.output({ follow: true })) {
      assert.equal(driver.listeners, 1);
      if (frame.nextOffset === 1n) break;
    }
    assert.equal(driver.listeners, 0);
  });
});

describe("DrivenProcess: stdin and terminal", () => {
  it("hands over input in order, and closes it once", async () => {
    const { driver, process } = processOf();
    await Promise.all([
      process.writeStdin(Uint8Array.of(1)),
      process.writeStdin(Uint8Array.of(2)),
      process.closeStdin(),
      process.closeStdin(),
    ]);
    assert.deepEqual(driver.calls, ["write 1", "write 2", "close input"]);
    await rejectsWith("failed-precondition", process.writeStdin(Uint8Array.of(3)));
  });

  it("refuses input that it was made without, or after the end, and a size without a terminal", async () => {
    const { driver, process } = processOf();
    await rejectsWith("failed-precondition", process.resize({ columns: 80, rows: 25 }));
    driver.end(0);
    await rejectsWith("failed-precondition", process.writeStdin(Uint8Array.of(1)));
    const without = new MemoryProcess();
    Object.assign(without, { writeStdin: undefined });
    await rejectsWith("failed-precondition", processOf(without).process.closeStdin());
  });
});
