import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { Container } from "../container.ts";
import { OperationError } from "../errors.ts";
import type { Exit, Process } from "../process.ts";
import type { CreateRequest, LoadedContainer, RuntimeEvent } from "../runtime.ts";
import type { ContainerStats } from "../stats.ts";
import { connectRuntime } from "./connect-runtime.ts";
import { serveSnapshotter } from "./serve-snapshotter.ts";
import { ScriptedSnapshotter } from "./testing/scripted-snapshotter.ts";
import { runtimeWire, type Wire } from "./testing/serve-scripted.ts";
import { socketAddress } from "./testing/socket-address.ts";

const request: CreateRequest = {
  namespace: "default",
  id: "web",
  spec: { typeUrl: "types.containerd.io/opencontainers/runtime-spec/1/Spec", value: new Uint8Array([123, 125]) },
  rootfs: [{ type: "overlay", source: "overlay", target: "", options: ["lowerdir=/a:/b"] }],
  stdio: { kind: "log", stdin: true },
};

const exit: Exit = { pid: 4_194_304, status: 137, exitedAt: new Date("2017-02-10T00:00:00.001Z"), oomKilled: true };

/** A container behind a wire, with what its runtime heard since. */
async function containerWire(test: TestContext, asked = request): Promise<Wire<Container> & { received(): unknown[] }> {
  const { remote: runtime, script, serving } = await runtimeWire(test);
  const remote = await runtime.create(asked);
  const before = script.calls.length;
  const received = () => script.calls.slice(before).map(({ method, args }) => [method, ...args]);
  return { remote, script, serving, received };
}

describe("connectRuntime", () => {
  it("knows capabilities and id at once, and asks for all else", async (test) => {
    const { remote } = await runtimeWire(test);
    assert.deepEqual(remote.capabilities, {
      exec: true,
      pause: false,
      update: true,
      stats: false,
      checkpoint: true,
      terminal: false,
      stdin: true,
      pipes: false,
      oomDetection: true,
    });
    assert.deepEqual(await remote.info(), {
      id: "scripted",
      version: "1.2.3 (none)",
      platform: { os: "linux", architecture: "amd64" },
      details: new Map([["__proto__", "a key like any other"]]),
    });
  });

  it("rejects who serves something else with unimplemented", async (test) => {
    const serving = await serveSnapshotter(new ScriptedSnapshotter(), { address: socketAddress(test) });
    test.after(() => serving.close());
    await assert.rejects(connectRuntime(serving.address), { kind: "unimplemented" });
  });

  it("rejects with the signal's reason while nobody answers", async (test) => {
    const reason = new Error("waited long enough");
    await assert.rejects(connectRuntime(socketAddress(test), { signal: AbortSignal.abort(reason) }), reason);
  });
});

describe("create over the wire", () => {
  it("carries the request whole", async (test) => {
    const { remote, script } = await runtimeWire(test);
    const whole: CreateRequest = {
      ...request,
      stdio: { kind: "pipes", stdin: "/in", stderr: "/err" },
      options: { typeUrl: "example.com/Options", value: new Uint8Array([0, 255]) },
      checkpoint: "/images",
    };
    const container = await remote.create(whole);
    assert.deepEqual((await script.arrival("create")).args, [whole]);
    const createdAt = new Date("2017-02-10T12:34:56.789Z");
    assert.deepEqual(container.info, { namespace: "default", id: "web", runtime: "scripted", createdAt });
    assert.equal(container.init.id, "web");
    assert.deepEqual(container.execs(), []);
  });

  it("resolves when the container is made, even if its state cannot be told", async (test) => {
    const { remote, script } = await runtimeWire(test);
    script.on("process.state", () => Promise.reject(new Error("the host is busy")));
    assert.equal((await remote.create(request)).info.id, "web");
  });

  it("rejects as the runtime does, and knows no container then", async (test) => {
    const { remote, script } = await runtimeWire(test);
    script.on("create", () => {
      throw new OperationError("invalid-argument", { type: "spec", id: "process.args" }, "is empty");
    });
    await assert.rejects(remote.create(request), {
      kind: "invalid-argument",
      subject: { type: "spec", id: "process.args" },
    });
  });
});

describe("load over the wire", () => {
  const failure = new OperationError("data-loss", { type: "container", id: "torn" }, "its bundle is torn");

  async function loaded(test: TestContext): Promise<{ entries: readonly LoadedContainer[]; wire: Wire<unknown> }> {
    const wire = await runtimeWire(test, (local) => {
      const torn = { namespace: "other", id: "torn", error: failure };
      const odd = { namespace: "other", id: "odd", error: new Error("not for others") };
      const web = { namespace: "default", id: "web", container: local.made(request, ["sh", "top"]) };
      local.script.on("load", () => [torn, odd, web]);
    });
    return { entries: await wire.remote.load(), wire };
  }

  it("returns containers with their execs, and the errors of others", async (test) => {
    const { entries } = await loaded(test);
    const [torn, odd, web] = entries;
    assert.ok(torn !== undefined && "error" in torn && torn.error instanceof OperationError);
    assert.deepEqual([torn.namespace, torn.id, torn.error.message], ["other", "torn", failure.message]);
    assert.ok(odd !== undefined && "error" in odd && odd.error instanceof OperationError);
    assert.deepEqual([odd.error.kind, odd.error.detail], ["internal", "cannot be loaded"]);
    assert.ok(web !== undefined && "container" in web);
    const names = web.container.execs().map(({ id }) => id);
    assert.deepEqual([web.namespace, web.id, names], ["default", "web", ["sh", "top"]]);
  });

  it("is done before the first call, so that containers of an earlier process are found by name", async (test) => {
    const { entries, wire } = await loaded(test);
    wire.script.on("process.wait", () => exit);
    const web = entries[2];
    assert.ok(web !== undefined && "container" in web);
    assert.deepEqual(await web.container.execs()[1]?.wait(), exit);
    assert.deepEqual(wire.script.calls.at(-1)?.args, ["top"]);
    const loads = wire.script.calls.filter(({ method }) => method === "load");
    assert.equal(loads.length, 2);
    assert.equal(wire.script.calls[0]?.method, "load");
  });
});

describe("a container over the wire", () => {
  it("carries kill to one and to all, by name and by number", async (test) => {
    const { remote, script, received } = await containerWire(test);
    script.on("process.kill", () => undefined);
    script.on("container.kill", () => undefined);
    await remote.kill("SIGTERM");
    await remote.kill(9, { all: true });
    await remote.init.kill("15");
    assert.deepEqual(received(), [
      ["process.kill", "web", "SIGTERM"],
      ["container.kill", 9, { all: true }],
      ["process.kill", "web", 15],
    ]);
  });

  it("carries pause, resume, update and checkpoint", async (test) => {
    const { remote, script, received } = await containerWire(test);
    for (const method of ["pause", "resume", "update", "checkpoint"]) {
      script.on(`container.${method}`, () => undefined);
    }
    const resources = { typeUrl: "type.googleapis.com/gantry.types.v1.OciResources", value: new Uint8Array([10, 0]) };
    await remote.pause();
    await remote.resume();
    await remote.update(resources);
    await remote.checkpoint({ path: "/images", leaveRunning: true });
    assert.deepEqual(received(), [
      ["container.pause"],
      ["container.resume"],
      ["container.update", resources],
      ["container.checkpoint", { path: "/images", leaveRunning: true }],
    ]);
  });

  it("carries stats exactly, what is not counted being absent", async (test) => {
    const { remote, script } = await containerWire(test);
    const most: ContainerStats = {
      readAt: new Date(1),
      cpu: { usageNs: 2n ** 60n, userNs: 0n },
      memory: { usageBytes: 1n, limitBytes: 2n ** 63n },
      pids: { current: 0n },
    };
    for (const stats of [most, { readAt: new Date(0) }]) {
      script.on("container.stats", () => stats);
      const { readAt, cpu, memory, pids, io } = await remote.stats();
      assert.deepEqual(
        [readAt, cpu?.usageNs, cpu?.userNs, cpu?.systemNs],
        [stats.readAt, stats.cpu?.usageNs, stats.cpu?.userNs, undefined],
      );
      assert.deepEqual(
        [memory?.limitBytes, pids?.current, io],
        [stats.memory?.limitBytes, stats.pids?.current, undefined],
      );
    }
  });

  it("carries its processes", async (test) => {
    const { remote, script } = await containerWire(test);
    const processes = [
      { pid: 1, id: "web" },
      { pid: 2, id: null },
    ];
    script.on("container.processes", () => processes);
    assert.deepEqual(await remote.processes(), processes);
  });

  it("is one with its init process", async (test) => {
    const { remote, script } = await containerWire(test);
    script.on("process.start", () => undefined);
    script.on("process.state", () => ({ status: "stopped", pid: null, exit }));
    await remote.start();
    assert.deepEqual(await remote.state(), { status: "stopped", pid: null, exit });
    assert.deepEqual(await remote.init.state(), await remote.state());
    await assert.rejects(remote.init.delete(), {
      kind: "failed-precondition",
      subject: { type: "process", id: "web" },
    });
  });

  it("answers not-found once deleted, also when another container has its id", async (test) => {
    const { remote: runtime, script } = await runtimeWire(test);
    const first = await runtime.create(request);
    script.on("container.delete", () => exit);
    assert.deepEqual(await first.delete({ force: true }), exit);
    assert.deepEqual((await script.arrival("container.delete")).args, [{ force: true }]);
    await runtime.create(request);
    await assert.rejects(first.state(), { kind: "not-found" });
    await assert.rejects(first.init.wait(), { kind: "not-found" });
    await assert.rejects(first.init.delete(), { kind: "not-found" });
    await assert.rejects(Array.fromAsync(first.init.output()), { kind: "not-found" });
    await assert.rejects(first.delete(), { kind: "not-found" });
  });

  it("can be deleted again after that failed, and may have never run", async (test) => {
    const { remote, script } = await containerWire(test);
    script.on("container.delete", () => {
      throw new OperationError("failed-precondition", { type: "container", id: "web" }, "is running");
    });
    await assert.rejects(remote.delete(), { kind: "failed-precondition" });
    script.on("container.delete", () => null);
    assert.equal(await remote.delete(), null);
  });
});

describe("an exec over the wire", () => {
  const asked = {
    id: "sh.1",
    process: { typeUrl: "type.googleapis.com/gantry.types.v1.OciProcess", value: new Uint8Array([1, 2]) },
    stdio: { kind: "none" },
  } as const;

  async function execWire(
    test: TestContext,
  ): Promise<{ container: Container; exec: Process; script: Wire<unknown>["script"] }> {
    const { remote: container, script } = await containerWire(test);
    script.on("container.exec", () => undefined);
    return { container, exec: await container.exec(asked), script };
  }

  it("carries the request, and is known by its container until it is deleted", async (test) => {
    const { container, exec, script } = await execWire(test);
    assert.deepEqual((await script.arrival("container.exec")).args, [asked]);
    assert.equal(exec.id, "sh.1");
    assert.deepEqual(container.execs(), [exec]);
    script.on("process.delete", () => null);
    assert.equal(await exec.delete(), null);
    assert.deepEqual((await script.arrival("process.delete")).args, ["sh.1"]);
    assert.deepEqual(container.execs(), []);
  });

  it("is itself what its calls are about", async (test) => {
    const { exec, script } = await execWire(test);
    const methods = ["start", "kill", "resize", "closeStdin", "wait"] as const;
    for (const method of methods) {
      script.on(`process.${method}`, () => (method === "wait" ? exit : undefined));
    }
    await exec.start();
    await exec.kill("KILL");
    await exec.resize({ columns: 65_535, rows: 1 });
    await exec.closeStdin();
    assert.deepEqual(await exec.wait(), exit);
    const received = script.calls.slice(-methods.length).map(({ method, args }) => [method, ...args]);
    assert.deepEqual(received, [
      ["process.start", "sh.1"],
      ["process.kill", "sh.1", "KILL"],
      ["process.resize", "sh.1", { columns: 65_535, rows: 1 }],
      ["process.closeStdin", "sh.1"],
      ["process.wait", "sh.1"],
    ]);
  });

  it("leaves the list of its container as it was when it cannot be made", async (test) => {
    const { remote, script } = await containerWire(test);
    script.on("container.exec", () => {
      throw new OperationError("already-exists", { type: "process", id: "sh.1" }, "is in use");
    });
    await assert.rejects(remote.exec(asked), { kind: "already-exists" });
    assert.deepEqual(remote.execs(), []);
  });
});

describe("events over the wire", () => {
  it("shows exits of init and execs, and OOM", async (test) => {
    const { remote, script } = await runtimeWire(test);
    const about = { namespace: "default", containerId: "web" };
    const events: RuntimeEvent[] = [
      { ...about, type: "exit", processId: "web", exit },
      { ...about, type: "oom", processId: "web", exit: null },
      { ...about, type: "exit", processId: "sh", exit: { ...exit, status: 0, oomKilled: false } },
    ];
    script.on("events", async function* () {
      yield* events;
    });
    assert.ok(remote.events);
    assert.deepEqual(await Array.fromAsync(remote.events()), events);
  });

  it("are not there where the runtime has none", async (test) => {
    const { remote } = await runtimeWire(test, (local) => Object.assign(local, { events: undefined }));
    assert.equal(remote.events, undefined);
  });
});
