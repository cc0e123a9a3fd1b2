import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { type Client, createClient } from "@connectrpc/connect";
import { ContainerService } from "@gantry/api/gantry/containers/v1";
import { EventService } from "@gantry/api/gantry/events/v1";
import { ProcessStatus } from "@gantry/api/gantry/types/v1";
import { crashAt } from "./testing/crash-at.ts";
import { type FakeMoment, FakeRuntime } from "./testing/fake-runtime.ts";
import { containerRequest } from "./testing/requests.ts";
import { noPlugins, TestDaemon, temporaryDirectory } from "./testing/test-daemon.ts";

const id = "victim";

/** A daemon that is killed by SIGKILL between two steps of one call, and the daemon that comes after it. */
describe("a daemon that was killed", { timeout: 60_000 }, () => {
  let directory: string;

  beforeEach(() => {
    directory = temporaryDirectory();
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  /** Brings the victim to a moment of which its daemon does not come back. */
  const crashIn = (moment: FakeMoment): Promise<void> =>
    crashAt({ directory, id, moment }, async (client) => {
      await client.createContainer(containerRequest("bystander"));
      await client.startContainer({ id: "bystander" });
      await client.createContainer(containerRequest(id));
      await client.startContainer({ id });
      await client.deleteContainer({ id, force: true });
    });

  /** Runs the next daemon on what was left. */
  const restart = async (
    check: (client: Client<typeof ContainerService>, runtime: FakeRuntime, test: TestDaemon) => Promise<void>,
  ) => {
    const runtime = new FakeRuntime({ directory: join(directory, "fake") });
    const registrations = { ...noPlugins, runtimes: [runtime.registration()] };
    const test = await TestDaemon.start({ registrations }, directory);
    try {
      const client = createClient(ContainerService, test.transport());
      const bystander = await client.getContainer({ id: "bystander" });
      assert.equal(bystander.container?.state?.status, ProcessStatus.RUNNING);
      await check(client, runtime, test);
    } finally {
      await test.daemon.close();
    }
  };

  const topicsOf = async (test: TestDaemon): Promise<readonly string[]> => {
    const filters = [`subject==${id}`];
    const answers = await Array.fromAsync(createClient(EventService, test.transport()).subscribe({ filters }));
    return answers.flatMap(({ event }) => (event === undefined ? [] : [event.topic]));
  };

  for (const moment of ["creating", "created"] as const) {
    it(`takes back a container that was ${moment}, and its id is free`, async () => {
      await crashIn(moment);
      await restart(async (client, runtime, test) => {
        assert.equal((await client.listContainers({})).containers.length, 1);
        assert.equal(runtime.containers.size, 1);
        assert.deepEqual(await topicsOf(test), []);
        await client.createContainer(containerRequest(id));
      });
    });
  }

  it("takes over a container that was started, and notices its end once", async () => {
    await crashIn("started");
    await restart(async (client, runtime, test) => {
      const { container } = await client.getContainer({ id });
      assert.equal(container?.state?.status, ProcessStatus.RUNNING);
      const waiting = client.waitContainer({ id });
      runtime.container(id).init.end(7);
      assert.equal((await waiting).exit?.status, 7);
      await client.updateContainer({ container: { id } });
      assert.deepEqual(
        await topicsOf(test),
        ["created", "started", "exited", "updated"].map((word) => `container.${word}`),
      );
    });
    await restart(async (client, _runtime, test) => {
      assert.equal((await client.waitContainer({ id })).exit?.status, 7);
      assert.equal((await topicsOf(test)).filter((topic) => topic === "container.exited").length, 1);
    });
  });

  for (const moment of ["deleting", "deleted"] as const) {
    it(`finishes what was ${moment}`, async () => {
      await crashIn(moment);
      await restart(async (client, runtime, test) => {
        assert.equal((await client.listContainers({})).containers.length, 1);
        assert.equal(runtime.containers.size, 1);
        const topics = await topicsOf(test);
        assert.equal(topics.at(-1), "container.deleted");
        assert.ok(topics.filter((topic) => topic === "container.exited").length <= 1);
      });
    });
  }
});
