import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { OperationError } from "../errors.ts";
import type { Exit, OutputFrame, Process } from "../process.ts";
import { aborted, type Script, untilCanceled } from "./testing/script.ts";
import { runtimeWire } from "./testing/serve-scripted.ts";

const spec = { typeUrl: "gantry.types.v1.OciSpec", value: new Uint8Array() };
const exit: Exit = { pid: 1, status: 0, exitedAt: new Date(0), oomKilled: false };

async function processWire(test: TestContext): Promise<{ process: Process; script: Script }> {
  const { remote, script } = await runtimeWire(test);
  const container = await remote.create({
    namespace: "n",
    id: "c",
    spec,
    rootfs: [],
    stdio: { kind: "log", stdin: true },
  });
  return { process: container.init, script };
}

function frame(number: number, bytes: number): OutputFrame {
  const data = new Uint8Array(bytes).fill(number);
  return {
    stream: number % 2 === 0 ? "stdout" : "stderr",
    data,
    nextOffset: 2n ** 60n + BigInt(number),
    writtenAt: new Date(number),
  };
}

describe("output over the wire", () => {
  it("carries frames exactly, and where to begin", async (test) => {
    const { process, script } = await processWire(test);
    const frames = [frame(0, 0), frame(1, 3), frame(2, 70_000)];
    script.on("process.output", async function* () {
      yield* frames;
    });
    assert.deepEqual(await Array.fromAsync(process.output({ fromOffset: 2n ** 63n, follow: true })), frames);
    assert.deepEqual((await script.arrival("process.output")).args, ["c", { fromOffset: 2n ** 63n, follow: true }]);
  });

  it("rejects as the runtime does, before and behind what it shows", async (test) => {
    const { process, script } = await processWire(test);
    const error = new OperationError("out-of-range", { type: "process", id: "c" }, "is no longer kept");
    script.on("process.output", async function* ({ args: [, options] }) {
      if ((options as { fromOffset: bigint }).fromOffset > 0n) {
        yield frame(1, 1);
      }
      throw error;
    });
    await assert.rejects(Array.fromAsync(process.output()), { kind: "out-of-range" });
    const steps = process.output({ fromOffset: 1n })[Symbol.asyncIterator]();
    assert.deepEqual(await steps.next(), { done: false, value: frame(1, 1) });
    await assert.rejects(steps.next(), { kind: "out-of-range", message: error.message });
  });

  it("rejects an offset that no message can hold with out-of-range", async (test) => {
    const { process } = await processWire(test);
    for (const fromOffset of [-1n, 2n ** 64n]) {
      await assert.rejects(Array.fromAsync(process.output({ fromOffset })), { kind: "out-of-range" });
    }
  });

  it("lets a reader that stands still delay no other reader of the same connection", async (test) => {
    const { process, script } = await processWire(test);
    script.on("process.output", async function* ({ args: [, options] }) {
      const { follow } = options as { follow: boolean };
      for (let number = 0; number < (follow ? 100_000 : 200); number += 1) {
        yield frame(number, 8_192);
      }
    });
    const standing = Array.from({ length: 20 }, () => process.output({ follow: true })[Symbol.asyncIterator]());
    await Promise.all(standing.map((steps) => steps.next()));
    const all = await Array.fromAsync(process.output());
    assert.equal(all.length, 200);
    await Promise.all(standing.map((steps) => steps.return?.()));
  });

  it("waits for a process that prints nothing yet, until its reader aborts", async (test) => {
    const { process, script } = await processWire(test);
    script.on("process.output", async function* ({ signal }) {
      yield await untilCanceled(signal);
    });
    const abort = new AbortController();
    const step = process.output({ follow: true, signal: abort.signal })[Symbol.asyncIterator]().next();
    const { signal } = await script.arrival("process.output");
    const reason = new Error("seen enough");
    abort.abort(reason);
    await assert.rejects(step, reason);
    await aborted(signal);
  });
});

describe("a request that cannot be written", () => {
  it("rejects with internal, naming the field: nobody is gone", async (test) => {
    const { process } = await processWire(test);
    await assert.rejects(process.resize({ columns: -1, rows: 1 }), { kind: "internal", message: /columns/ });
  });
});

describe("standard input over the wire", () => {
  it("arrives in the order of the calls, whatever their size", async (test) => {
    const { process, script } = await processWire(test);
    const arrived: Uint8Array[] = [];
    script.on("process.writeStdin", ({ args: [, data] }) => {
      arrived.push(data as Uint8Array);
    });
    script.on("process.closeStdin", () => {
      arrived.push(new TextEncoder().encode("the end"));
    });
    const large = new Uint8Array((5 << 20) / 2).map((_, index) => index % 251);
    const small = new TextEncoder().encode("small");
    await Promise.all([process.writeStdin(large), process.writeStdin(small), process.closeStdin()]);
    assert.deepEqual(Buffer.concat(arrived), Buffer.concat([large, small, Buffer.from("the end")]));
    assert.ok(arrived.every((data) => data.length <= 1 << 20));
  });

  it("carries an empty write", async (test) => {
    const { process, script } = await processWire(test);
    script.on("process.writeStdin", () => undefined);
    await process.writeStdin(new Uint8Array());
    assert.deepEqual((await script.arrival("process.writeStdin")).args, ["c", new Uint8Array()]);
  });

  it("is held back while the process does not read, and goes on after an abort", async (test) => {
    const { process, script } = await processWire(test);
    script.on("process.writeStdin", ({ signal, args: [, data] }) =>
      (data as Uint8Array).length === 1 ? untilCanceled(signal) : undefined,
    );
    const abort = new AbortController();
    const held = process.writeStdin(new Uint8Array(1), { signal: abort.signal });
    const behind = process.writeStdin(new Uint8Array(2));
    await script.arrival("process.writeStdin");
    abort.abort(new Error("too slow"));
    await assert.rejects(held, { message: "too slow" });
    await behind;
  });
});

describe("waiting over the wire", () => {
  it("holds a hundred calls on one connection", async (test) => {
    const { process, script } = await processWire(test);
    const end = Promise.withResolvers<Exit>();
    let waiting = 0;
    const all = Promise.withResolvers<void>();
    script.on("process.wait", () => {
      waiting += 1;
      if (waiting === 100) {
        all.resolve();
      }
      return end.promise;
    });
    const waits = Array.from({ length: 100 }, () => process.wait());
    await all.promise;
    end.resolve(exit);
    assert.deepEqual(
      await Promise.all(waits),
      waits.map(() => exit),
    );
  });

  it("survives that more callers than Node allows a stranger leave at once", async (test) => {
    const { process, script } = await processWire(test);
    const count = 1_100;
    let left = 0;
    const allLeft = Promise.withResolvers<void>();
    script.on("process.wait", async ({ signal }) => {
      await aborted(signal);
      left += 1;
      if (left === count) {
        allLeft.resolve();
      }
      throw signal?.reason;
    });
    const abort = new AbortController();
    const reason = new Error("gone");
    const waits = Array.from({ length: count }, () =>
      process.wait({ signal: abort.signal }).catch((error: unknown) => error),
    );
    await script.arrival("process.wait");
    script.on("process.state", () => ({ status: "running", pid: 1, exit: null }));
    // One round trip more, so that all of them are on their way.
    await process.state();
    abort.abort(reason);
    assert.deepEqual(new Set(await Promise.all(waits)), new Set([reason]));
    await allLeft.promise;
    assert.equal((await process.state()).status, "running");
  });
});
