import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import type { CallOptions } from "@gantry/api";
import { ContainerService } from "@gantry/api/gantry/containers/v1";
import { PluginStatus, SystemService } from "@gantry/api/gantry/system/v1";
import { ProcessStatus } from "@gantry/api/gantry/types/v1";
import { EventFeed } from "@gantry/api/kit";
import { serveRuntime } from "@gantry/api/remote";
import { specToAny } from "@gantry/api/spec";
import { parseConfig } from "../../config/parse-config.ts";
import { FakeRuntime } from "../../testing/fake-runtime.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { containerRequest } from "../../testing/requests.ts";
import { TestDaemon, temporaryDirectory } from "../../testing/test-daemon.ts";

/** When a runtime is tried again first, then next, and when one that is there is asked whether it still is. */
const [firstMs, secondMs, checkMs] = [250, 500, 2_000];

const strayRequest = { spec: specToAny({ ociVersion: "1.0.2" }), stdio: { kind: "none" } } as const;

/** Asks until it has ended: the daemon comes to that in its own time. */
async function untilStopped(stateOf: () => Promise<{ readonly status?: ProcessStatus | undefined }>): Promise<void> {
  while ((await stateOf()).status !== ProcessStatus.STOPPED) await nextTurn();
}

describe("a runtime that is a process of its own", () => {
  let directory: string;
  let open: { close(): Promise<void> }[] = [];

  beforeEach(() => {
    directory = temporaryDirectory();
  });
  afterEach(async () => {
    for (const one of open.reverse()) await one.close();
    open = [];
    rmSync(directory, { recursive: true, force: true });
  });

  const fake = () => new FakeRuntime({ directory: join(directory, "fake") });
  const address = () => `unix://${join(directory, "fake.sock")}`;
  const serve = async (runtime: FakeRuntime) => {
    const serving = await serveRuntime(runtime, { address: address() });
    open.push(serving);
    return serving;
  };

  const startDaemon = async () => {
    const config = parseConfig(
      `version = 1\n[runtimes.fake]\naddress = "${address()}"`,
      join(directory, "gantryd.toml"),
      directory,
    );
    const clock = new ManualClock();
    const test = await TestDaemon.start({ config, clock }, directory);
    open.push(test.daemon);
    const client = createClient(ContainerService, test.transport());
    const stateOf = async (id: string) => {
      const { container } = await client.getContainer({ id });
      return { status: container?.state?.status, exit: container?.state?.exit?.status, reason: container?.reason };
    };
    const make = async (...ids: readonly string[]) => {
      for (const id of ids) {
        await client.createContainer(containerRequest(id));
        await client.startContainer({ id });
      }
    };
    return { test, clock, client, stateOf, make };
  };

  it("may come later: it is told of as not ready, and its containers are taken over when it comes", async () => {
    const before = fake();
    const earlier = await serve(before);
    const first = await startDaemon();
    await first.make("goes-on", "ends");
    await first.test.daemon.close();
    await earlier.close();
    before.container("ends").init.end(42);

    const { test, clock, client, stateOf } = await startDaemon();
    const lost = await stateOf("goes-on");
    assert.equal(lost.status, ProcessStatus.UNKNOWN);
    assert.match(lost.reason ?? "", /runtime fake is not ready/);
    const refused = client.createContainer(containerRequest("new", { runtime: "fake" }));
    await assert.rejects(refused, (error) => ConnectError.from(error).code === Code.Unavailable);
    const { plugins } = await createClient(SystemService, test.transport()).getInfo({});
    assert.equal(plugins.find(({ type }) => type === "runtime")?.status, PluginStatus.FAILED);

    await clock.until(firstMs);
    clock.advance(firstMs);
    await clock.until(secondMs);
    const runtime = fake();
    await serve(runtime);
    clock.advance(secondMs);
    await clock.until(checkMs);
    assert.equal((await stateOf("goes-on")).status, ProcessStatus.RUNNING);
    assert.equal((await client.waitContainer({ id: "ends" })).exit?.status, 42);
    runtime.container("goes-on").init.end(7);
    assert.equal((await client.waitContainer({ id: "goes-on" })).exit?.status, 7);
    await client.createContainer(containerRequest("new"));
  });

  it("may go and come back: what it has lost meanwhile has ended, and the rest goes on", async () => {
    const earlier = await serve(fake());
    const { clock, client, stateOf, make } = await startDaemon();
    await make("goes-on", "lost");
    await clock.until(checkMs);
    await earlier.close();
    clock.advance(checkMs);
    await clock.until(firstMs);
    assert.equal((await stateOf("goes-on")).status, ProcessStatus.UNKNOWN);

    const between = fake();
    await between.load();
    await between.container("lost").delete({ force: true });
    const runtime = fake();
    await serve(runtime);
    clock.advance(firstMs);
    await clock.until(checkMs);
    assert.deepEqual(await stateOf("lost"), { status: ProcessStatus.STOPPED, exit: 255, reason: "" });
    assert.equal((await stateOf("goes-on")).status, ProcessStatus.RUNNING);
    runtime.container("goes-on").init.end(3);
    assert.equal((await client.waitContainer({ id: "goes-on" })).exit?.status, 3);
  });

  it("is known to be gone by the end of its events, however soon it is back", async () => {
    const withEvents = (runtime: FakeRuntime) => {
      const feed = new EventFeed();
      return Object.assign(runtime, { events: ({ signal }: CallOptions = {}) => feed.subscribe(signal) });
    };
    const earlier = await serve(withEvents(fake()));
    const { clock, stateOf, make } = await startDaemon();
    await make("lost");
    rmSync(join(directory, "fake"), { recursive: true });
    await earlier.close();
    await serve(withEvents(fake()));
    await clock.until(firstMs);
    clock.advance(firstMs);
    await untilStopped(() => stateOf("lost"));
  });

  it("may bring containers that nobody made a record of, which are told of and left alone", async () => {
    const { test, clock } = await startDaemon();
    await clock.until(firstMs);
    const runtime = fake();
    await runtime.create({ ...{ namespace: "default", id: "stray", rootfs: [] }, ...strayRequest });
    await serve(runtime);
    clock.advance(firstMs);
    await clock.until(checkMs);
    const { plugins } = await createClient(SystemService, test.transport()).getInfo({});
    const details = plugins.find(({ id }) => id === "fake")?.details;
    assert.equal(details?.["containers without a record"], "default/stray");
    assert.ok(runtime.container("stray"));
  });

  it("does not keep a daemon from ending that waits for it", async () => {
    const { test, clock } = await startDaemon();
    await clock.until(firstMs);
    await test.daemon.close();
  });
});
