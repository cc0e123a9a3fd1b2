import assert from "node:assert/strict";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { type Client, createClient, type DaemonEvent } from "@gantry/client";
import { writeBusyboxLayout } from "./testing/busybox-layout.ts";
import { cannotRun, DaemonProcess } from "./testing/daemon-process.ts";
import { type Ended, gantry } from "./testing/gantry.ts";

/** Everything real: the command, a daemon that is killed, and containers of the host's OCI runtime. */
describe("gantry and containers that are supervised", { skip: cannotRun, timeout: 240_000 }, () => {
  let daemon: DaemonProcess;
  let client: Client;
  const run = (...args: string[]): Promise<Ended> => gantry(args, daemon.env);

  /** Resolves when there are `count` events of a topic about a container. */
  const until = async (id: string, topic: string, count = 1): Promise<readonly DaemonEvent[]> => {
    const seen: DaemonEvent[] = [];
    const filters = [`subject==${id},topic==container.${topic}`];
    for await (const event of client.events.subscribe({ after: 0n, follow: true, filters })) {
      seen.push(event);
      if (seen.length === count) break;
    }
    return seen;
  };

  const connect = () => {
    client = createClient({ address: daemon.address });
  };

  before(async () => {
    daemon = await DaemonProcess.start();
    connect();
    const layout = path.join(daemon.directory, "layout");
    await writeBusyboxLayout(layout);
    assert.equal((await run("image", "import", layout)).code, 0);
  });

  after(async () => {
    await client[Symbol.asyncDispose]();
    await daemon[Symbol.asyncDispose]();
  });

  it("restarts what fails as often as it may, on what it left behind", async () => {
    const script = "echo x >>/tmp/runs; cat /tmp/runs; exit 3";
    const flags = ["-d", "--name", "bad", "--restart", "on-failure:2"];
    const started = await run("run", ...flags, "busybox", "sh", "-c", script);
    assert.equal(started.code, 0, started.stderr);
    await until("bad", "gave-up");
    const exits = JSON.parse((await run("exits", "bad", "--json")).stdout);
    assert.deepEqual(
      exits.map(({ run: count, status }: { run: number; status: number }) => [count, status]),
      [
        [3, 3],
        [2, 3],
        [1, 3],
      ],
    );
    assert.equal((await run("logs", "bad")).stdout, "x\nx\nx\n");
    assert.match((await run("ps", "-a")).stdout, /bad .*stopped \(3\) .*, 2 restarts/);
    const { stdout } = await run("events", "--filter", "topic==container.restarting");
    assert.match(stdout, /attempt=2 delay_ms=200/);
    assert.equal((await run("rm", "bad")).code, 0);
    assert.match((await run("exits", "bad")).stdout, /^CONTAINER +RUN +STATUS +ENDED\n\d+ +3 +3 +2/);
  });

  it("checks the health of each run, and remembers a stop when it is killed itself", async () => {
    const health = ["--health-cmd", "cat /tmp/ok", "--health-interval", "100ms", "--health-retries", "1"];
    const flags = ["-d", "--name", "web", "--restart", "unless-stopped", ...health];
    assert.equal((await run("run", ...flags, "busybox", "sleep", "1000")).code, 0);
    await until("web", "health");
    assert.match((await run("ps")).stdout, /web .*running \(pid \d+\), unhealthy/);
    const [inspected] = JSON.parse((await run("inspect", "web")).stdout);
    assert.match(inspected.supervision.checkOutput, /No such file/);
    assert.deepEqual(inspected.restartPolicy, { mode: "unless-stopped" });
    assert.equal((await run("exec", "web", "touch", "/tmp/ok")).code, 0);
    await until("web", "health", 2);

    const { pid } = (await client.containers.get("web")).state;
    process.kill(pid ?? 0, "SIGKILL");
    await until("web", "started", 2);
    const health3 = (await until("web", "health", 3)).map(({ attributes }) => attributes.get("health"));
    assert.deepEqual(health3, ["unhealthy", "healthy", "healthy"]);

    // The init process of a container takes notice of signals only that it has a handler for.
    assert.equal((await run("stop", "-t", "100ms", "web")).code, 0);
    await client[Symbol.asyncDispose]();
    await daemon.crash();
    await daemon.boot();
    connect();
    const { state, supervision } = await client.containers.get("web");
    assert.deepEqual([state.status, state.exit?.status, supervision.desired], ["stopped", 137, "stopped"]);
    assert.equal((await until("web", "exited", 2)).length, 2);
    assert.equal((await run("start", "web")).code, 0);
    assert.equal((await run("restart", "-t", "0", "web")).code, 0);
    assert.equal((await client.containers.get("web")).supervision.run, 4);
    assert.equal((await run("rm", "-f", "web")).code, 0);
  });

  it("starts what ended while it was down, and leaves running what runs", async () => {
    for (const name of ["lost", "kept"]) {
      const flags = ["-d", "--name", name, "--restart", "always"];
      assert.equal((await run("run", ...flags, "busybox", "sleep", "1000")).code, 0);
    }
    const [lost, kept] = await Promise.all(["lost", "kept"].map((id) => client.containers.get(id)));
    await client[Symbol.asyncDispose]();
    await daemon.crash();
    process.kill(lost?.state.pid ?? 0, "SIGKILL");
    await daemon.boot();
    connect();
    await until("lost", "started", 2);
    assert.equal((await until("lost", "exited")).at(0)?.exit?.status, 137);
    assert.notEqual((await client.containers.get("lost")).state.pid, lost?.state.pid);
    assert.equal((await client.containers.get("kept")).state.pid, kept?.state.pid);
  });
});
