import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { type LoadedContainer, OperationError } from "@gantry/api";
import { ContainerService } from "@gantry/api/gantry/containers/v1";
import { EventService } from "@gantry/api/gantry/events/v1";
import { SystemService } from "@gantry/api/gantry/system/v1";
import { ProcessStatus } from "@gantry/api/gantry/types/v1";
import { FakeRuntime } from "../../testing/fake-runtime.ts";
import { containerRequest } from "../../testing/requests.ts";
import { noPlugins, TestDaemon, temporaryDirectory } from "../../testing/test-daemon.ts";

describe("the start of a daemon", () => {
  let directory: string;

  beforeEach(() => {
    directory = temporaryDirectory();
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const fake = () => new FakeRuntime({ directory: join(directory, "fake") });

  /** Runs a daemon on the directory, and closes it without removing anything. */
  const withDaemon = async (runtime: FakeRuntime | null, work: (test: TestDaemon) => Promise<void>) => {
    const runtimes = runtime === null ? [] : [runtime.registration()];
    const test = await TestDaemon.start({ registrations: { ...noPlugins, runtimes } }, directory);
    try {
      await work(test);
    } finally {
      await test.daemon.close();
    }
  };

  const makeRunning = (...ids: readonly string[]) =>
    withDaemon(fake(), async (test) => {
      const client = createClient(ContainerService, test.transport());
      for (const id of ids) {
        await client.createContainer(containerRequest(id));
        await client.startContainer({ id });
      }
    });

  const stateOf = async (test: TestDaemon, id: string) => {
    const { container } = await createClient(ContainerService, test.transport()).getContainer({ id });
    return { status: container?.state?.status, exit: container?.state?.exit?.status, reason: container?.reason };
  };

  const exitsOf = async (test: TestDaemon) => {
    const events = createClient(EventService, test.transport()).subscribe({ filters: ["topic==container.exited"] });
    return (await Array.fromAsync(events)).flatMap(({ event }) => event?.exit?.status ?? []);
  };

  it("records once the end of a container that ended meanwhile, with its status", async () => {
    await makeRunning("a");
    const meanwhile = fake();
    await meanwhile.load();
    meanwhile.container("a").init.end(42);
    for (let count = 0; count < 2; count += 1) {
      await withDaemon(fake(), async (test) => {
        assert.equal(
          (await createClient(ContainerService, test.transport()).waitContainer({ id: "a" })).exit?.status,
          42,
        );
        await createClient(ContainerService, test.transport()).updateContainer({ container: { id: "a" } });
        assert.deepEqual(await exitsOf(test), [42]);
      });
    }
  });

  it("deletes a container that ended meanwhile and goes with its end", async () => {
    await withDaemon(fake(), async (test) => {
      const client = createClient(ContainerService, test.transport());
      await client.createContainer(containerRequest("a", { deleteOnExit: true }));
      await client.startContainer({ id: "a" });
    });
    const meanwhile = fake();
    await meanwhile.load();
    meanwhile.container("a").init.end(0);
    const runtime = fake();
    await withDaemon(runtime, async (test) => {
      for await (const { event } of createClient(EventService, test.transport()).subscribe({ follow: true })) {
        if (event?.topic === "container.deleted") break;
      }
      assert.equal(runtime.containers.size, 0);
    });
  });

  it("records once, with status 255, a container that its runtime has nothing of", async () => {
    await makeRunning("a");
    rmSync(join(directory, "fake"), { recursive: true });
    for (let count = 0; count < 2; count += 1) {
      await withDaemon(fake(), async (test) => {
        assert.deepEqual(await stateOf(test, "a"), { status: ProcessStatus.STOPPED, exit: 255, reason: "" });
        assert.deepEqual(await exitsOf(test), [255]);
      });
    }
    await withDaemon(fake(), async (test) => {
      const client = createClient(ContainerService, test.transport());
      assert.equal((await client.deleteContainer({ id: "a" })).exit?.status, 255);
      assert.deepEqual((await client.listContainers({})).containers, []);
    });
  });

  it("shows one that cannot be loaded as unknown with the reason, and the others as they are", async () => {
    await makeRunning("bad", "good");
    const runtime = fake();
    const { load } = runtime;
    runtime.load = async () => {
      const loaded = await load.call(runtime);
      const error = new OperationError("data-loss", { type: "container", id: "bad" }, "its bundle is torn");
      return loaded.map(
        (entry): LoadedContainer => (entry.id === "bad" ? { namespace: "default", id: "bad", error } : entry),
      );
    };
    await withDaemon(runtime, async (test) => {
      const { status, reason } = await stateOf(test, "bad");
      assert.equal(status, ProcessStatus.UNKNOWN);
      assert.match(reason ?? "", /its bundle is torn/);
      assert.equal((await stateOf(test, "good")).status, ProcessStatus.RUNNING);
      const client = createClient(ContainerService, test.transport());
      const unavailable = (error: unknown) => error instanceof ConnectError && error.code === Code.Unavailable;
      await assert.rejects(client.killContainer({ id: "bad" }), unavailable);
      await assert.rejects(client.deleteContainer({ id: "bad" }), /unknown.*bundle is torn/);
      await client.deleteContainer({ id: "bad", force: true });
      assert.equal((await client.listContainers({})).containers.length, 1);
    });
  });

  it("shows containers of a runtime that is not there as unknown, and as before when it is back", async () => {
    await makeRunning("a");
    await withDaemon(null, async (test) => {
      const expected = { status: ProcessStatus.UNKNOWN, exit: undefined, reason: "runtime fake is not ready" };
      assert.deepEqual(await stateOf(test, "a"), expected);
    });
    await withDaemon(fake(), async (test) => assert.equal((await stateOf(test, "a")).status, ProcessStatus.RUNNING));
  });

  it("shows containers of a runtime that fails to load as unknown", async () => {
    await makeRunning("a");
    const runtime = fake();
    runtime.load = () => Promise.reject(new TypeError("no permission"));
    await withDaemon(runtime, async (test) => {
      assert.match((await stateOf(test, "a")).reason ?? "", /runtime fake could not be loaded: no permission/);
    });
  });

  it("leaves a container alone that nobody made a record of, and tells of it", async () => {
    const runtime = fake();
    await runtime.create({
      ...{ namespace: "default", id: "stray", rootfs: [], stdio: { kind: "none" } },
      spec: { typeUrl: "types.containerd.io/opencontainers/runtime-spec/1/Spec", value: Buffer.from("{}") },
    });
    await withDaemon(runtime, async (test) => {
      assert.equal(runtime.containers.size, 1);
      const { plugins } = await createClient(SystemService, test.transport()).getInfo({});
      const details = plugins.find(({ type }) => type === "runtime")?.details;
      assert.equal(details?.["containers without a record"], "default/stray");
    });
  });

  it("goes on with execs of a container that still runs", async () => {
    const runtime = fake();
    await withDaemon(runtime, async (test) => {
      const client = createClient(ContainerService, test.transport());
      await client.createContainer(containerRequest("a"));
      await client.startContainer({ id: "a" });
      const process = containerRequest("x").container?.spec;
      await client.createExec({ id: "a", execId: "e", ...(process && { process }) });
      await client.startExec({ id: "a", execId: "e" });
    });
    await withDaemon(runtime, async (test) => {
      const waiting = createClient(ContainerService, test.transport()).waitContainer({ id: "a", execId: "e" });
      runtime.container("a").execs()[0]?.end(5);
      assert.equal((await waiting).exit?.status, 5);
      for await (const { event } of createClient(EventService, test.transport()).subscribe({ follow: true })) {
        if (event?.topic !== "exec.exited") continue;
        assert.deepEqual([event.execId, event.exit?.status], ["e", 5]);
        break;
      }
    });
  });
});
