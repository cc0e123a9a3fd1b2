import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { processToAny } from "@gantry/api/spec";
import { rejectsWith } from "@gantry/api/testing";
import { MemoryHost } from "./host.ts";
import { SimulatedRuntime } from "./runtime.ts";
import { requestFor, run, textOf } from "./testing/made.ts";

function open(test: TestContext): SimulatedRuntime {
  const runtime = new SimulatedRuntime(new MemoryHost());
  test.after(() => runtime.close());
  return runtime;
}

const exec = (id: string, args: readonly string[]) =>
  ({ id, process: processToAny({ args }), stdio: { kind: "log" } }) as const;

describe("simulated container", () => {
  it("runs what a demonstration shows: a loop that waits for a file, and an exec that makes it", async (test) => {
    const script = "echo started; until [ -e /tmp/end ]; do sleep 0.01; done; echo ending; exit 7";
    const container = await run(open(test), ["sh", "-c", script]);
    const ps = await container.exec(exec("ps", ["ps"]));
    await ps.start();
    assert.match(await textOf(ps), /^\s*1 root\s+sh -c echo started.*\n\s*2 root\s+ps$/m);
    const touch = await container.exec(exec("touch", ["touch", "/tmp/end"]));
    await touch.start();
    assert.equal((await container.init.wait()).status, 7);
    assert.equal(await textOf(container.init), "started\nending\n");
  });

  it("refuses an exec with the id of its own process", async (test) => {
    const container = await run(open(test), ["sleep", "1000"]);
    await rejectsWith("already-exists", container.exec(exec("c1", ["true"])));
  });

  it("does not start an exec while it is paused", async (test) => {
    const container = await run(open(test), ["sleep", "1000"]);
    const prepared = await container.exec(exec("e1", ["true"]));
    await container.pause();
    await rejectsWith("failed-precondition", prepared.start());
    assert.equal((await prepared.state()).status, "created");
    await container.resume();
    await prepared.start();
    assert.equal((await prepared.wait()).status, 0);
  });

  it("says that execs are paused with it", async (test) => {
    const container = await run(open(test), ["sleep", "1000"]);
    const running = await container.exec(exec("e1", ["sleep", "1000"]));
    await running.start();
    await container.pause();
    assert.equal((await running.state()).status, "paused");
    await rejectsWith("failed-precondition", running.delete());
  });

  it("forgets execs that are deleted, and lists the others", async (test) => {
    const container = await run(open(test), ["sleep", "1000"]);
    const [one, two] = [await container.exec(exec("e1", ["true"])), await container.exec(exec("e2", ["true"]))];
    await one.delete();
    assert.deepEqual(container.execs(), [two]);
  });

  it("is ended before it ran by what would end it then", async (test) => {
    const container = await open(test).create(requestFor(["sleep", "1000"]));
    await container.kill("SIGCHLD");
    assert.equal((await container.state()).status, "created");
    await container.kill("SIGTERM");
    const exit = await container.init.wait();
    assert.equal(exit.status, 143);
    assert.deepEqual(await container.delete(), exit);
  });

  it("takes another limit, and keeps the old ones where one cannot be applied", async (test) => {
    const container = await run(open(test), ["sleep", "1000"]);
    const json = (text: string) => ({
      typeUrl: "types.containerd.io/opencontainers/runtime-spec/1/LinuxResources",
      value: Buffer.from(text),
    });
    await container.update(json('{"memory":{"limit":4096},"pids":{"limit":5}}'));
    await rejectsWith("invalid-argument", container.update(json('{"memory":{"limit":1},"pids":{"limit":"x"}}')));
    const { memory, pids } = await container.stats();
    assert.deepEqual([memory?.limitBytes, pids?.limit], [4_096n, 5n]);
  });
});
