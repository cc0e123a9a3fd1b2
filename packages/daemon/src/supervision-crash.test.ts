import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Client } from "@connectrpc/connect";
import { type ContainerService, DesiredState, RestartMode } from "@gantry/api/gantry/containers/v1";
import { ProcessStatus } from "@gantry/api/gantry/types/v1";
import { crashAt } from "./testing/crash-at.ts";
import type { FakeMoment } from "./testing/fake-runtime.ts";
import { containerRequest } from "./testing/requests.ts";
import { Supervised } from "./testing/supervised.ts";
import { temporaryDirectory } from "./testing/test-daemon.ts";

const id = "victim";

/** A daemon that is killed by SIGKILL in the middle of a stop or of a new run, and the daemon that comes after it. */
describe("the supervision of a daemon that was killed", { timeout: 240_000 }, () => {
  let directory: string;

  beforeEach(() => {
    directory = temporaryDirectory();
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  /** Runs the victim, and does something of which its daemon does not come back. */
  const crashIn = (
    [moment, time]: readonly [FakeMoment, number],
    work: (client: Client<typeof ContainerService>) => Promise<unknown>,
    mode: RestartMode = RestartMode.UNLESS_STOPPED,
  ): Promise<void> =>
    crashAt({ directory, id, moment, time }, async (client) => {
      await client.createContainer(containerRequest(id, { restartPolicy: { mode } }));
      await client.startContainer({ id });
      await work(client);
    });

  const wordsOf = async (daemon: Supervised) => (await daemon.words(id)).join(" ");

  it("finishes a stop that was written and not begun, and keeps it in mind", async () => {
    await crashIn(["killing", 1], (client) => client.stopContainer({ id }));
    const daemon = await Supervised.start(directory);
    await daemon.events(id, "exited");
    assert.equal((await daemon.supervision(id)).desired, DesiredState.STOPPED);
    assert.equal(await wordsOf(daemon), "created started exited");
    const next = await daemon.reboot();
    assert.equal((await next.containers.getContainer({ id })).container?.state?.status, ProcessStatus.STOPPED);
    assert.equal(await wordsOf(next), "created started exited");
    await next.test.daemon.close();
  });

  it("finishes a kill that was written and not done", async () => {
    await crashIn(["killing", 1], (client) => client.killContainer({ id, signal: "SIGKILL" }));
    await using daemon = await Supervised.start(directory);
    const events = await daemon.events(id, "exited");
    assert.equal(events.at(-1)?.exit?.status, 137);
    assert.deepEqual(daemon.backOffs, []);
  });

  it("kills what took no notice of a stop that another daemon finishes", async () => {
    await crashIn(["killing", 1], (client) => client.stopContainer({ id, timeoutMs: 5_000 }));
    await using daemon = await Supervised.start(directory, { ignored: ["SIGTERM"] });
    await daemon.clock.until(5_000).then(() => daemon.clock.advance(5_000));
    assert.equal((await daemon.events(id, "exited")).at(-1)?.exit?.status, 137);
  });

  for (const [moment, time] of [
    ["killing", 1],
    ["deleting", 1],
    ["deleted", 1],
    ["creating", 2],
    ["created", 2],
    ["starting", 2],
    ["started", 2],
  ] as const) {
    it(`finishes a restart that was interrupted at "${moment}", with one end and one new run`, async () => {
      await crashIn([moment, time], (client) => client.restartContainer({ id }));
      await using daemon = await Supervised.start(directory);
      await daemon.events(id, "started", 2);
      const { container } = await daemon.containers.getContainer({ id });
      assert.equal(container?.state?.status, ProcessStatus.RUNNING);
      assert.equal(container?.supervision?.desired, DesiredState.RUNNING);
      assert.equal(await wordsOf(daemon), "created started exited started");
      assert.equal(daemon.runtime.containers.size, 1);
      daemon.runtime.container(id).init.end(0);
      await daemon.events(id, "exited", 2);
      await daemon.clock.until(100);
    });
  }

  it("makes a run that its policy asks for, of which it was killed in the middle", async () => {
    await crashIn(
      ["created", 2],
      async (client) => {
        // An end that nobody asked for: the container is told to end by a signal that does not stop it for good.
        await client.killContainer({ id, signal: "SIGHUP" });
        await client.waitContainer({ id: "nobody" });
      },
      RestartMode.ALWAYS,
    );
    await using daemon = await Supervised.start(directory);
    await daemon.events(id, "started", 2);
    assert.equal(await wordsOf(daemon), "created started exited restarting started");
  });
});
