import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { processToAny } from "@gantry/api/spec";
import { rejectsWith } from "@gantry/api/testing";
import { MemoryHost } from "./host.ts";
import { SimulatedRuntime } from "./runtime.ts";
import { pipeBytes } from "./simulation.ts";
import { requestFor, run, textOf } from "./testing/made.ts";

function open(test: TestContext): SimulatedRuntime {
  const runtime = new SimulatedRuntime(new MemoryHost());
  test.after(() => runtime.close());
  return runtime;
}

const withInput = { stdio: { kind: "log", stdin: true } } as const;
const soon = () => new Promise((resolve) => setImmediate(resolve, "waits"));

describe("simulated process", () => {
  it("names the programs that there are, where it is to run another one", async (test) => {
    const container = await open(test).create(requestFor(["/bin/nginx"]));
    const error = await rejectsWith("not-found", container.start());
    assert.match(error.message, /no program "\/bin\/nginx"; simulated are sh, .*cat/);
    assert.equal((await container.state()).status, "created");
  });

  it("waits with input that does not fit, in the order of the calls, until the program reads", async (test) => {
    const container = await open(test).create(requestFor(["cat"], withInput));
    const first = container.init.writeStdin(Buffer.alloc(pipeBytes + 1, "a"));
    const second = container.init.writeStdin(Buffer.from("b"));
    assert.equal(await Promise.race([first, soon()]), "waits");
    await container.start();
    await Promise.all([first, second]);
    await container.init.closeStdin();
    assert.equal(await textOf(container.init), `${"a".repeat(pipeBytes + 1)}b`);
  });

  it("writes no more for one who has stopped waiting, and goes on with the next", async (test) => {
    const container = await run(open(test), ["sleep", "1000"], withInput);
    await container.init.writeStdin(Buffer.alloc(pipeBytes));
    const abort = new AbortController();
    const waiting = container.init.writeStdin(Buffer.from("x"), { signal: abort.signal });
    const reason = new Error("no longer wanted");
    const next = container.init.writeStdin(Buffer.from("y"));
    abort.abort(reason);
    await assert.rejects(waiting, reason);
    const ended = rejectsWith("failed-precondition", next);
    await container.kill("SIGKILL");
    await ended;
  });

  it("refuses input of nothing where there is no input", async (test) => {
    const container = await run(open(test), ["sleep", "1000"]);
    await rejectsWith("failed-precondition", container.init.writeStdin(new Uint8Array()));
  });

  it("shows the rest of its output to who reads it slowly, though it is deleted meanwhile", async (test) => {
    const container = await run(open(test), ["sleep", "1000"]);
    const args = ["flood", "300000"];
    const exec = await container.exec({ id: "e1", process: processToAny({ args }), stdio: { kind: "log" } });
    const output = exec.output({ follow: true })[Symbol.asyncIterator]();
    await exec.start();
    const first = await output.next();
    await exec.wait();
    await exec.delete();
    let size: number = first.value?.data.length ?? 0;
    for (let next = await output.next(); !next.done; next = await output.next()) size += next.value.data.length;
    assert.equal(size, 300_000);
  });

  it("begins with no output where another one had its id", async (test) => {
    const container = await run(open(test), ["sleep", "1000"]);
    for (const text of ["one", "two"]) {
      const process = processToAny({ args: ["echo", text] });
      const exec = await container.exec({ id: "e1", process, stdio: { kind: "log" } });
      await exec.start();
      assert.equal(await textOf(exec), `${text}\n`);
      await exec.delete();
    }
  });

  it("tells readers of a created container that it was deleted", async (test) => {
    const container = await open(test).create(requestFor(["true"]));
    const reading = rejectsWith("not-found", textOf(container.init));
    await soon();
    await container.delete();
    await reading;
  });

  it("gives the time of each frame, and of the end, as it was simulated", async (test) => {
    const container = await run(open(test), ["sh", "-c", "echo a; sleep 0.02; echo b"]);
    const [first, second] = await Array.fromAsync(container.init.output({ follow: true }));
    const { exitedAt } = await container.init.wait();
    assert.equal((second?.writtenAt.getTime() ?? 0) - (first?.writtenAt.getTime() ?? 0), 20);
    assert.equal(exitedAt.getTime(), second?.writtenAt.getTime());
  });
});
