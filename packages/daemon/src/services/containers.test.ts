import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, describe, it } from "node:test";
import { create } from "@bufbuild/protobuf";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import { type Client, Code, ConnectError, createClient } from "@connectrpc/connect";
import { type CallOptions, type CreateRequest, OperationError } from "@gantry/api";
import { ContainerService, SessionRequestSchema } from "@gantry/api/gantry/containers/v1";
import { EventService } from "@gantry/api/gantry/events/v1";
import { MountSchema, ProcessStatus } from "@gantry/api/gantry/types/v1";
import { FakeRuntime } from "../testing/fake-runtime.ts";
import { containerRequest } from "../testing/requests.ts";
import { noPlugins, protocols, TestDaemon } from "../testing/test-daemon.ts";

const fails = (code: Code, message?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ConnectError, String(error));
  assert.equal(Code[error.code], Code[code], error.message);
  if (message !== undefined) assert.match(error.rawMessage, message);
  return true;
};

describe("ContainerService", () => {
  let test: TestDaemon;
  let runtime: FakeRuntime;
  let client: Client<typeof ContainerService>;

  beforeEach(async () => {
    runtime = new FakeRuntime();
    test = await TestDaemon.start({ registrations: { ...noPlugins, runtimes: [runtime.registration()] } });
    client = createClient(ContainerService, test.transport());
  });
  afterEach(() => test[Symbol.asyncDispose]());

  const topics = async (until: string) => {
    const seen: string[] = [];
    for await (const { event } of createClient(EventService, test.transport()).subscribe({ follow: true })) {
      if (event !== undefined) seen.push(event.topic);
      if (event?.topic === until) return seen;
    }
    return seen;
  };

  const statusOf = async (id: string) => (await client.getContainer({ id })).container?.state?.status;

  it("takes a container through its life, and tells of each step once", async () => {
    const created = await client.createContainer(containerRequest("a", { image: "i", labels: { k: "v" } }));
    assert.equal(created.container?.runtime, "fake");
    assert.equal(await statusOf("a"), ProcessStatus.CREATED);
    await client.startContainer({ id: "a" });
    await client.pauseContainer({ id: "a" });
    await client.resumeContainer({ id: "a" });
    const waiting = [client.waitContainer({ id: "a" }), client.waitContainer({ id: "a" })];
    runtime.container("a").init.end(7);
    for (const { exit } of await Promise.all(waiting)) assert.equal(exit?.status, 7);
    await client.updateContainer({ container: { id: "a", labels: { k: "w" } } });
    assert.equal((await client.deleteContainer({ id: "a" })).exit?.status, 7);
    const words = ["created", "started", "paused", "resumed", "exited", "updated", "deleted"];
    assert.deepEqual(
      await topics("container.deleted"),
      words.map((word) => `container.${word}`),
    );
  });

  it("gives an id to exactly one of many who want it", async () => {
    const calls = Array.from({ length: 64 }, () => client.createContainer(containerRequest("same")));
    const results = await Promise.allSettled(calls);
    const failed = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
    assert.equal(failed.length, 63);
    for (const error of failed) fails(Code.AlreadyExists)(error);
  });

  it("writes the start before the exit of a container that ends at once", async () => {
    for (let count = 0; count < 20; count += 1) {
      const id = `q${count}`;
      await client.createContainer(containerRequest(id));
      const { init } = runtime.container(id);
      const { start } = init;
      init.start = async () => {
        await start.call(init);
        init.end(0);
      };
      await client.startContainer({ id });
      await client.waitContainer({ id });
      await client.deleteContainer({ id });
    }
    const seen = await topics("container.deleted");
    assert.deepEqual(
      seen.slice(0, 4),
      ["created", "started", "exited", "deleted"].map((word) => `container.${word}`),
    );
  });

  it("deletes with its end a container that is made so, when those who read have read", async () => {
    await client.createContainer(containerRequest("once", { deleteOnExit: true }));
    const frames = client.attach({ id: "once", follow: true })[Symbol.asyncIterator]();
    assert.equal((await frames.next()).value?.frame, undefined);
    const waiting = client.waitContainer({ id: "once" });
    await client.startContainer({ id: "once" });
    const { init } = runtime.container("once");
    init.print("last words");
    init.end(3);
    assert.equal((await waiting).exit?.status, 3);
    assert.equal(Buffer.from((await frames.next()).value?.frame?.data ?? []).toString(), "last words");
    assert.equal((await frames.next()).done, true);
    assert.ok((await topics("container.deleted")).includes("container.exited"));
    await assert.rejects(client.getContainer({ id: "once" }), fails(Code.NotFound));
  });

  it("tells of memory that ran out, before the exit that it led to", async () => {
    await client.createContainer(containerRequest("greedy"));
    await client.startContainer({ id: "greedy" });
    runtime.container("greedy").init.end(137, true);
    assert.equal((await client.waitContainer({ id: "greedy" })).exit?.oomKilled, true);
    assert.deepEqual((await topics("container.exited")).slice(-2), ["container.oom", "container.exited"]);
  });

  it("deletes what runs only with force, and then tells how it ended", async () => {
    await client.createContainer(containerRequest("a"));
    await client.startContainer({ id: "a" });
    await assert.rejects(client.deleteContainer({ id: "a" }), fails(Code.FailedPrecondition, /running/));
    assert.equal(await statusOf("a"), ProcessStatus.RUNNING);
    assert.equal((await client.deleteContainer({ id: "a", force: true })).exit?.status, 137);
    const seen = await topics("container.deleted");
    assert.equal(seen.filter((topic) => topic === "container.exited").length, 1);
  });

  it("runs execs with their own exits and events", async () => {
    await client.createContainer(containerRequest("a"));
    await client.startContainer({ id: "a" });
    const process = containerRequest("x").container?.spec;
    assert.ok(process !== undefined);
    await client.createExec({ id: "a", execId: "e", process });
    await client.startExec({ id: "a", execId: "e" });
    await assert.rejects(client.createExec({ id: "a", execId: "e", process }), fails(Code.AlreadyExists));
    runtime.container("a").execs()[0]?.end(9);
    assert.equal((await client.waitContainer({ id: "a", execId: "e" })).exit?.status, 9);
    assert.equal((await client.getExec({ id: "a", execId: "e" })).exec?.state?.status, ProcessStatus.STOPPED);
    assert.equal((await client.deleteExec({ id: "a", execId: "e" })).exit?.status, 9);
    await assert.rejects(client.getExec({ id: "a", execId: "e" }), fails(Code.NotFound, /no such exec/));
    const seen = await topics("exec.deleted");
    assert.deepEqual(
      seen.slice(2),
      ["created", "started", "exited", "deleted"].map((word) => `exec.${word}`),
    );
  });

  it("makes and starts an exec by one call, and keeps nothing of it if the start fails", async () => {
    await client.createContainer(containerRequest("a"));
    await client.startContainer({ id: "a" });
    const process = containerRequest("x").container?.spec;
    assert.ok(process !== undefined);
    const request = { id: "a", execId: "e", process, start: true };
    const container = runtime.container("a");
    const exec = container.exec.bind(container);
    const missing = new OperationError("not-found", { type: "process", id: "e" }, "has no program");
    container.exec = async (...args) => Object.assign(await exec(...args), { start: () => Promise.reject(missing) });
    await assert.rejects(client.createExec(request), fails(Code.NotFound, /no program/));
    await assert.rejects(client.getExec({ id: "a", execId: "e" }), fails(Code.NotFound, /no such exec/));

    container.exec = exec;
    const { started, pid } = await client.createExec(request);
    assert.deepEqual([started, pid], [true, container.execs()[0]?.pid]);
    const { exec: state } = await client.getExec({ id: "a", execId: "e" });
    assert.equal(state?.state?.status, ProcessStatus.RUNNING);
  });

  it("carries a session both ways, and ends it with the exit", async () => {
    await client.createContainer(containerRequest("a"));
    await client.startContainer({ id: "a" });
    const { init } = runtime.container("a");
    const gate = Promise.withResolvers<void>();
    const requests = async function* () {
      yield create(SessionRequestSchema, { request: { case: "attach", value: { id: "a", follow: true } } });
      yield create(SessionRequestSchema, { request: { case: "stdin", value: Buffer.from("hello") } });
      yield create(SessionRequestSchema, { request: { case: "resize", value: { columns: 80, rows: 24 } } });
      yield create(SessionRequestSchema, { request: { case: "closeStdin", value: {} } });
      await gate.promise;
    };
    const seen: (string | undefined)[] = [];
    init.print("out");
    for await (const { response } of client.session(requests())) {
      seen.push(response.case);
      if (response.case !== "frame") continue;
      while (!init.stdinClosed) await new Promise(setImmediate);
      init.end(4);
    }
    gate.resolve();
    assert.deepEqual(seen, ["frame", "exit"]);
    assert.deepEqual([init.written, init.size?.columns], [["hello"], 80]);
  });

  it("refuses a session that does not begin by attaching", async () => {
    const requests = async function* () {
      yield { request: { case: "stdin" as const, value: Buffer.from("x") } };
    };
    await assert.rejects(Array.fromAsync(client.session(requests())), fails(Code.InvalidArgument, /must attach/));
  });

  it("sends stats until the container has ended", async () => {
    await client.createContainer(containerRequest("a"));
    let answers = 0;
    for await (const { stats } of client.streamStats({ id: "a", intervalMs: 100 })) {
      assert.equal(stats?.pids?.current, 1n);
      answers += 1;
      if (answers === 2) runtime.container("a").init.end(0);
    }
    assert.equal(answers, 2);
  });

  it("lists what a filter matches, ordered by id", async () => {
    for (const [id, labels] of [
      ["b", { app: "x" }],
      ["a", { app: "x" }],
      ["c", {}],
    ] as const) {
      await client.createContainer(containerRequest(id, { labels }));
    }
    await client.startContainer({ id: "a" });
    const ids = async (...filters: string[]) =>
      (await client.listContainers({ filters })).containers.map(({ container }) => container?.id);
    assert.deepEqual(await ids(), ["a", "b", "c"]);
    assert.deepEqual(await ids("labels.app==x"), ["a", "b"]);
    assert.deepEqual(await ids("labels.app==x,status==running", "id==c"), ["a", "c"]);
    await assert.rejects(client.listContainers({ filters: ["id="] }), fails(Code.InvalidArgument, /character 3/));
  });

  it("lists a container that its runtime cannot tell of as unknown, with the reason", async () => {
    await client.createContainer(containerRequest("a"));
    runtime.container("a").init.state = () => Promise.reject(new TypeError("the monitor is gone"));
    const [view] = (await client.listContainers({})).containers;
    assert.deepEqual([view?.state?.status, view?.reason], [ProcessStatus.UNKNOWN, "the monitor is gone"]);
  });

  it("keeps namespaces apart", async () => {
    const other = createClient(ContainerService, test.transport("grpc", { "gantry-namespace": "other" }));
    await client.createContainer(containerRequest("a"));
    await other.createContainer(containerRequest("a"));
    await client.deleteContainer({ id: "a" });
    assert.equal((await other.listContainers({})).containers.length, 1);
    await assert.rejects(client.getContainer({ id: "a" }), fails(Code.NotFound, /namespace default/));
    const theirs = createClient(ContainerService, test.transport("connect", { "containerd-namespace": "other" }));
    assert.equal((await theirs.getContainer({ id: "a" })).container?.container?.id, "a");
    const hostile = createClient(ContainerService, test.transport("grpc", { "gantry-namespace": "../x" }));
    await assert.rejects(hostile.listContainers({}), fails(Code.InvalidArgument, /namespace/));
  });

  it("leaves nothing of a container that cannot be made", async () => {
    const wrong = create(AnySchema, { typeUrl: "example.com/Nothing", value: new Uint8Array([1]) });
    const making = client.createContainer(containerRequest("a", { spec: wrong }));
    await assert.rejects(making, fails(Code.InvalidArgument, /OciSpec.*runtime-spec\/1\/Spec/));
    assert.deepEqual((await client.listContainers({})).containers, []);
    const request = containerRequest("a", { runtime: "kata" });
    await assert.rejects(client.createContainer(request), fails(Code.NotFound, /runtime "kata".*ready: fake/));
    const rootless = { ...containerRequest("a"), rootfs: [] };
    await assert.rejects(client.createContainer(rootless), fails(Code.InvalidArgument, /rootfs or snapshot_key/));
    await client.createContainer(containerRequest("a"));
  });

  it("takes a container back whose caller has left", async () => {
    const reached = Promise.withResolvers<void>();
    const { create: make } = runtime;
    runtime.create = async (request: CreateRequest, { signal }: CallOptions = {}) => {
      const container = await make.call(runtime, request);
      reached.resolve();
      await new Promise((resolve) => signal?.addEventListener("abort", resolve));
      return container;
    };
    const leaving = new AbortController();
    const making = client.createContainer(containerRequest("a"), { signal: leaving.signal });
    await reached.promise;
    leaving.abort();
    await assert.rejects(making, fails(Code.Canceled));
    runtime.create = make;
    // Behind what is taken back, in the queue of the id.
    while (runtime.containers.size > 0) await new Promise(setImmediate);
    await client.createContainer(containerRequest("a"));
  });

  describe("a caller that leaves in the middle of a stream", () => {
    /** Resolves when the reader of the output is let go of. */
    const follow = async (id: string): Promise<{ readonly freed: Promise<void> }> => {
      await client.createContainer(containerRequest(id));
      const { init } = runtime.container(id);
      const { output } = init;
      const freed = Promise.withResolvers<void>();
      init.output = async function* (options) {
        try {
          yield* output.call(init, options);
        } finally {
          freed.resolve();
        }
      };
      return { freed: freed.promise };
    };

    for (const protocol of [...protocols, "json"] as const) {
      it(`frees what it read over ${protocol} when it calls off`, async () => {
        const { freed } = await follow("a");
        const leaving = new AbortController();
        const caller = createClient(ContainerService, test.transport(protocol));
        const frames = caller.attach({ id: "a", follow: true }, { signal: leaving.signal })[Symbol.asyncIterator]();
        await frames.next();
        leaving.abort();
        await freed;
      });
    }

    it("frees what it read when its process is killed", async () => {
      const { freed } = await follow("a");
      const script = `
        const http2 = require("node:http2"), net = require("node:net");
        const session = http2.connect("http://x", { createConnection: () => net.connect(${JSON.stringify(test.socket)}) });
        const call = session.request({ ":method": "POST", ":path": "/${ContainerService.typeName}/Attach", "content-type": "application/connect+json" });
        const body = Buffer.from(JSON.stringify({ id: "a", follow: true }));
        call.end(Buffer.concat([Buffer.from([0, 0, 0, 0, body.length]), body]));
        call.on("data", () => process.kill(process.pid, "SIGKILL"));`;
      const child = spawn(process.execPath, ["-e", script], { stdio: "inherit" });
      assert.deepEqual(await once(child, "exit"), [null, "SIGKILL"]);
      await freed;
    });
  });

  const hostile = ["", "../x", "a/b", "a\0b", "-x", ".hidden", "x".repeat(77), "ü", "a b", "a\nb", "..", "__proto__"];
  for (const id of hostile) {
    it(`refuses the id ${JSON.stringify(id)} with invalid-argument`, async () => {
      await assert.rejects(client.createContainer(containerRequest(id)), fails(Code.InvalidArgument));
      await assert.rejects(client.getContainer({ id }), fails(Code.InvalidArgument));
      await assert.rejects(client.deleteContainer({ id, force: true }), fails(Code.InvalidArgument));
    });
  }

  it("names field and rule of a request that breaks one", async () => {
    const { container } = containerRequest("a");
    const rootfs = [create(MountSchema, { source: "/" })];
    const making = client.createContainer({ rootfs, ...(container && { container }) });
    await assert.rejects(making, fails(Code.InvalidArgument, /rootfs\[0\]\.type": must be at least 1 character/));
    await assert.rejects(client.resizeTerminal({ id: "a" }), fails(Code.InvalidArgument, /size/));
  });

  describe("an Any in an answer", () => {
    const foreignType = "types.containerd.io/opencontainers/runtime-spec/1/Spec";
    const foreign = Buffer.from('{"ociVersion":"1.0.2","process":{"args":["true"],"cwd":"/"}}');
    const unknown = { typeUrl: "example.com/some.Thing", value: new Uint8Array([1, 2, 255]) };
    const broken = { typeUrl: "gantry.types.v1.Mount", value: new Uint8Array([255]) };

    beforeEach(async () => {
      const spec = create(AnySchema, { typeUrl: foreignType, value: new Uint8Array(foreign) });
      const extensions = { unknown: create(AnySchema, unknown), broken: create(AnySchema, broken) };
      await client.createContainer(containerRequest("a", { spec, extensions }));
    });

    it("is as it came in the binary form", async () => {
      const { container } = (await client.getContainer({ id: "a" })).container ?? {};
      assert.equal(container?.spec?.typeUrl, foreignType);
      assert.deepEqual(Buffer.from(container.spec.value), foreign);
      assert.equal(container.extensions["unknown"]?.typeUrl, unknown.typeUrl);
    });

    it("can be read in JSON, and sent back without loss", async () => {
      const json = createClient(ContainerService, test.transport("json"));
      const { container } = (await json.getContainer({ id: "a" })).container ?? {};
      assert.equal(container?.spec?.typeUrl, "type.googleapis.com/gantry.types.v1.OciSpec");
      assert.equal((await json.listContainers({})).containers.length, 1);
      const extensions = { ...container.extensions };
      await json.updateContainer({ container: { id: "a", extensions }, updateMask: { paths: ["extensions"] } });
      const after = (await client.getContainer({ id: "a" })).container?.container;
      for (const [name, sent] of Object.entries({ unknown, broken })) {
        assert.equal(after?.extensions[name]?.typeUrl, sent.typeUrl);
        assert.deepEqual(after.extensions[name]?.value, sent.value);
      }
    });
  });
});
