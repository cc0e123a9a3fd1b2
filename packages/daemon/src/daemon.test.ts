import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { isOperationError } from "@gantry/api";
import { ContainerService } from "@gantry/api/gantry/containers/v1";
import { EventService } from "@gantry/api/gantry/events/v1";
import { SystemService } from "@gantry/api/gantry/system/v1";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@gantry/api/grpc";
import { createDaemon } from "./daemon.ts";
import { FakeRuntime } from "./testing/fake-runtime.ts";
import { containerRequest } from "./testing/requests.ts";
import { noPlugins, TestDaemon, temporaryDirectory } from "./testing/test-daemon.ts";

describe("createDaemon", () => {
  let directory: string;

  beforeEach(() => {
    directory = temporaryDirectory();
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const options = () => ({
    root: join(directory, "r"),
    state: join(directory, "s"),
    address: `unix://${directory}/s/gantry.sock`,
    registrations: noPlugins,
  });

  for (const umask of [0o000, 0o077]) {
    it(`gives socket and directories their modes under umask ${umask.toString(8).padStart(3, "0")}`, async () => {
      const before = process.umask(umask);
      try {
        await using daemon = await createDaemon(options());
        const modes = ["r", "s", "s/gantry.sock", "r/gantry.db"].map((name) => {
          return (statSync(join(directory, name)).mode & 0o777).toString(8);
        });
        assert.deepEqual(modes.slice(0, 3), ["700", "711", "660"]);
        assert.equal(daemon.address, options().address);
        assert.equal(process.umask(), umask);
      } finally {
        process.umask(before);
      }
    });
  }

  it("narrows directories that were wider", async () => {
    mkdirSync(join(directory, "r"), { mode: 0o755 });
    chmodSync(join(directory, "r"), 0o755);
    await using _daemon = await createDaemon(options());
    assert.equal(statSync(join(directory, "r")).mode & 0o777, 0o700);
  });

  const unsafe: Readonly<Record<string, (root: string) => void>> = {
    "is a symbolic link": (root) => symlinkSync("/tmp", root),
    "others can write to it": (root) => {
      mkdirSync(root);
      chmodSync(root, 0o770);
    },
  };
  for (const [reason, make] of Object.entries(unsafe)) {
    it(`refuses a root where ${reason} with failed-precondition`, async () => {
      make(join(directory, "r"));
      const refused = (error: unknown) =>
        isOperationError(error, "failed-precondition") && error.message.includes(reason);
      await assert.rejects(createDaemon(options()), refused);
    });
  }

  it("refuses a root that another daemon has, naming its process, and leaves that one alone", async () => {
    await using test = await TestDaemon.start();
    const other = join(test.directory, "other");
    const second = createDaemon({ ...options(), root: join(test.directory, "r"), state: other });
    const names = (error: unknown) =>
      isOperationError(error, "failed-precondition") && error.message.includes(`${process.pid}`);
    await assert.rejects(second, names);
    const { pid } = await createClient(SystemService, test.transport()).getVersion({});
    assert.equal(pid, process.pid);
  });

  it("takes the place of a socket that nobody serves any more", async () => {
    mkdirSync(join(directory, "s"));
    const { socket } = { socket: join(directory, "s", "gantry.sock") };
    // A process that is killed leaves its socket behind.
    const script = `require("net").createServer().listen(${JSON.stringify(socket)}, () => process.kill(process.pid, "SIGKILL"))`;
    const child = spawn(process.execPath, ["-e", script]);
    await new Promise((resolve) => child.once("exit", resolve));
    assert.ok(existsSync(socket));
    await using test = await TestDaemon.start({}, directory);
    await createClient(SystemService, test.transport()).getVersion({});
  });

  it("refuses the path of a socket that another program serves, or that is something else", async () => {
    mkdirSync(join(directory, "s"), { mode: 0o711 });
    const socket = join(directory, "s", "gantry.sock");
    const server = createServer().listen(socket);
    await new Promise((resolve) => server.once("listening", resolve));
    const refused = (reason: string) => (error: unknown) =>
      isOperationError(error, "failed-precondition") && error.message.includes(reason);
    await assert.rejects(createDaemon(options()), refused("another program serves this socket"));
    await new Promise((resolve) => server.close(resolve));
    writeFileSync(socket, "");
    await assert.rejects(createDaemon(options()), refused("no socket"));
  });

  for (const address of ["tcp://127.0.0.1:1", "unix://relative", `unix:///${"x".repeat(120)}`]) {
    it(`refuses the address ${address.slice(0, 20)} with invalid-argument`, async () => {
      await assert.rejects(createDaemon({ ...options(), address }), (error) =>
        isOperationError(error, "invalid-argument"),
      );
    });
  }

  it("stops in order: health says so, streams end with unavailable, work ends, containers stay", async () => {
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const runtime = new FakeRuntime({
      at: (moment, id) => {
        if (moment !== "created" || id !== "slow") return;
        reached.resolve();
        return gate.promise;
      },
    });
    const test = await TestDaemon.start({ registrations: { ...noPlugins, runtimes: [runtime.registration()] } });
    const containers = createClient(ContainerService, test.transport());
    await containers.createContainer(containerRequest("a"));
    await containers.startContainer({ id: "a" });

    const health = createClient(Health, test.transport()).watch({})[Symbol.asyncIterator]();
    assert.equal((await health.next()).value?.status, Status.SERVING);
    const events = createClient(EventService, test.transport()).subscribe({ follow: true })[Symbol.asyncIterator]();
    await events.next();
    const waiting = containers.waitContainer({ id: "a" });
    const creating = containers.createContainer(containerRequest("slow"));
    await reached.promise;

    const closed = test.daemon.close();
    assert.equal((await health.next()).value?.status, Status.NOT_SERVING);
    const unavailable = (error: unknown) => error instanceof ConnectError && error.code === Code.Unavailable;
    await assert.rejects(waiting, unavailable);
    const drain = async () => {
      for (let step = await events.next(); step.done !== true; step = await events.next());
    };
    await assert.rejects(drain(), unavailable);
    gate.resolve();
    assert.equal((await creating).container?.id, "slow");
    await closed;
    assert.equal(runtime.container("a").init.status, "running");
    assert.equal(existsSync(test.socket), false);
    await test[Symbol.asyncDispose]();
  });

  it("stops within 5 s when a call does not end", async () => {
    const runtime = new FakeRuntime({ at: (moment) => (moment === "created" ? new Promise(() => {}) : undefined) });
    const test = await TestDaemon.start({ registrations: { ...noPlugins, runtimes: [runtime.registration()] } });
    const creating = createClient(ContainerService, test.transport()).createContainer(containerRequest("stuck"));
    const failing = assert.rejects(creating);
    while (runtime.containers.size === 0) await new Promise(setImmediate);
    const startedAt = performance.now();
    await test.daemon.close();
    assert.ok(performance.now() - startedAt < 5_000);
    await failing;
    await test[Symbol.asyncDispose]();
  });
});
