import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import { DesiredState, RestartMode } from "@gantry/api/gantry/containers/v1";
import { ProcessStatus } from "@gantry/api/gantry/types/v1";
import { containerRequest } from "../../testing/requests.ts";
import { Supervised } from "../../testing/supervised.ts";

const policy = (mode: RestartMode, maxRestarts = 0) => ({ restartPolicy: { mode, maxRestarts } });

describe("the supervision of containers", { timeout: 60_000 }, () => {
  const run = async ({ containers }: Supervised, id: string, mode: RestartMode, maxRestarts = 0) => {
    await containers.createContainer(containerRequest(id, policy(mode, maxRestarts)));
    await containers.startContainer({ id });
  };

  /** Ends the present run, and lets the next begin. */
  const crash = async (daemon: Supervised, id: string, { delayMs, run: count }: { delayMs: number; run: number }) => {
    daemon.runtime.container(id).init.end(1);
    await daemon.clock.until(delayMs);
    daemon.clock.advance(delayMs);
    await daemon.events(id, "started", count);
  };

  it("runs a container again, later each time, and tells each step once", async () => {
    await using daemon = await Supervised.start();
    await run(daemon, "a", RestartMode.ALWAYS);
    const { init } = daemon.runtime.container("a");
    await crash(daemon, "a", { delayMs: 100, run: 2 });
    assert.notEqual(daemon.runtime.container("a").init, init);
    await crash(daemon, "a", { delayMs: 200, run: 3 });
    const events = await daemon.events("a", "started", 3);
    const round = ["container.started", "container.exited", "container.restarting"];
    assert.deepEqual(
      events.map(({ topic }) => topic),
      ["container.created", ...round, ...round, "container.started"],
    );
    const attributes = events.flatMap(({ topic, attributes: of }) => (topic === "container.restarting" ? [of] : []));
    assert.deepEqual(attributes, [
      { attempt: "1", delay_ms: "100" },
      { attempt: "2", delay_ms: "200" },
    ]);
    const { container } = await daemon.containers.getContainer({ id: "a" });
    assert.equal(container?.state?.status, ProcessStatus.RUNNING);
    assert.deepEqual([container?.supervision?.run, container?.supervision?.restarts], [3, 2]);
  });

  it("says while it waits when it will restart, and answers with the last exit", async () => {
    await using daemon = await Supervised.start();
    await run(daemon, "a", RestartMode.UNLESS_STOPPED);
    daemon.runtime.container("a").init.end(7);
    await daemon.events("a", "restarting");
    const { container } = await daemon.containers.getContainer({ id: "a" });
    assert.equal(container?.state?.status, ProcessStatus.STOPPED);
    assert.ok(container?.supervision?.restartAt);
    assert.equal((await daemon.containers.waitContainer({ id: "a" })).exit?.status, 7);
    assert.equal(daemon.runtime.container("a").init.exit?.status, 7);
    await daemon.containers.deleteContainer({ id: "a" });
    assert.deepEqual(daemon.backOffs, []);
  });

  it("begins the row anew behind a quiet run", async () => {
    await using daemon = await Supervised.start();
    await run(daemon, "a", RestartMode.ALWAYS);
    await crash(daemon, "a", { delayMs: 100, run: 2 });
    await crash(daemon, "a", { delayMs: 200, run: 3 });
    daemon.clock.advance(10_000);
    await crash(daemon, "a", { delayMs: 100, run: 4 });
  });

  it("tells of a crash loop once, and shows it", async () => {
    await using daemon = await Supervised.start();
    await run(daemon, "a", RestartMode.ALWAYS);
    for (const [index, delayMs] of [100, 200, 400, 800].entries())
      await crash(daemon, "a", { delayMs, run: index + 2 });
    assert.equal((await daemon.supervision("a")).crashLoop, false);
    await crash(daemon, "a", { delayMs: 1_600, run: 6 });
    assert.equal((await daemon.supervision("a")).crashLoop, true);
    await crash(daemon, "a", { delayMs: 3_200, run: 7 });
    assert.equal((await daemon.words("a")).filter((word) => word === "crash-loop").length, 1);
  });

  it("restarts on failure only, as often as it may, and says when it gives up", async () => {
    await using daemon = await Supervised.start();
    await run(daemon, "fine", RestartMode.ON_FAILURE);
    daemon.runtime.container("fine").init.end(0);
    await run(daemon, "bad", RestartMode.ON_FAILURE, 1);
    await crash(daemon, "bad", { delayMs: 100, run: 2 });
    daemon.runtime.container("bad").init.end(1);
    await daemon.events("bad", "gave-up");
    await daemon.events("fine", "exited");
    assert.deepEqual(daemon.backOffs, []);
    assert.equal((await daemon.supervision("bad")).restartAt, undefined);
  });

  it("counts a start that fails as an end, says why, and tries again", async () => {
    let fails = true;
    await using daemon = await Supervised.start(undefined, {
      at: (moment) => {
        if (moment === "creating" && daemon.runtime.containers.size === 0 && broken && fails)
          throw new TypeError("no room");
      },
    });
    let broken = false;
    await run(daemon, "a", RestartMode.ALWAYS);
    broken = true;
    daemon.runtime.container("a").init.end(1);
    await daemon.clock.until(100);
    daemon.clock.advance(100);
    await daemon.events("a", "restarting", 2);
    const { container } = await daemon.containers.getContainer({ id: "a" });
    assert.equal(container?.state?.exit?.status, 125);
    assert.match(container?.supervision?.restartError ?? "", /no room/);
    fails = false;
    await daemon.clock.until(200);
    daemon.clock.advance(200);
    await daemon.events("a", "started", 2);
    assert.equal((await daemon.supervision("a")).restartError, "");
  });

  it("lets somebody start a container that has ended, without a policy too", async () => {
    await using daemon = await Supervised.start();
    await run(daemon, "a", RestartMode.NO);
    daemon.runtime.container("a").init.end(3);
    await daemon.containers.waitContainer({ id: "a" });
    await daemon.containers.startContainer({ id: "a" });
    await assert.rejects(daemon.containers.startContainer({ id: "a" }), /running/);
    daemon.runtime.container("a").init.end(4);
    await daemon.events("a", "exited", 2);
    assert.equal((await daemon.containers.waitContainer({ id: "a" })).exit?.status, 4);
    const { exits } = await daemon.containers.listExits({ id: "a" });
    assert.deepEqual(
      exits.map(({ run: count, exit }) => [count, exit?.status]),
      [
        [2, 4],
        [1, 3],
      ],
    );
  });

  it("leaves a container ended whose start somebody asked for and that cannot start", async () => {
    let fails = false;
    await using daemon = await Supervised.start(undefined, {
      at: (moment) => {
        if (moment === "starting" && fails) throw new TypeError("no such program");
      },
    });
    await run(daemon, "a", RestartMode.ALWAYS);
    await daemon.containers.stopContainer({ id: "a" });
    fails = true;
    await assert.rejects(daemon.containers.startContainer({ id: "a" }));
    assert.deepEqual(daemon.backOffs, []);
    assert.equal((await daemon.supervision("a")).desired, DesiredState.STOPPED);
    assert.equal(daemon.runtime.containers.size, 0);
    fails = false;
    await daemon.containers.startContainer({ id: "a" });
    assert.equal((await daemon.supervision("a")).desired, DesiredState.RUNNING);
  });

  it("keeps how a container ended that is deleted", async () => {
    await using daemon = await Supervised.start();
    await run(daemon, "a", RestartMode.NO);
    daemon.runtime.container("a").init.end(9);
    await daemon.containers.waitContainer({ id: "a" });
    await daemon.containers.deleteContainer({ id: "a" });
    await run(daemon, "a", RestartMode.NO);
    await daemon.containers.deleteContainer({ id: "a", force: true });
    const { exits } = await daemon.containers.listExits({ id: "a" });
    assert.deepEqual(
      exits.map(({ exit }) => exit?.status),
      [137, 9],
    );
    assert.ok((exits[0]?.uid ?? 0n) > (exits[1]?.uid ?? 0n));
    assert.deepEqual((await daemon.containers.listExits({ id: "b" })).exits, []);
  });

  it("refuses what cannot be", async () => {
    await using daemon = await Supervised.start();
    const refused = (id: string, container: Parameters<typeof containerRequest>[1], words: RegExp) =>
      assert.rejects(daemon.containers.createContainer(containerRequest(id, container)), (error) => {
        assert.ok(error instanceof ConnectError && error.code === Code.InvalidArgument, `${error}`);
        assert.match(error.message, words);
        return true;
      });
    await refused("a", { ...policy(RestartMode.ALWAYS), deleteOnExit: true }, /exclude/);
    await refused("a", policy(RestartMode.ALWAYS, 3), /on-failure/);
    await refused("a", { healthCheck: { args: [] } }, /args/);
    await refused("a", { healthCheck: { args: ["true"], intervalMs: 5 } }, /interval/);
    const after = (id: string) => ({ labels: { "gantry.io/depends-on": id } });
    await refused("a", after("a"), /circle: a -> a/);
    await daemon.containers.createContainer(containerRequest("b", after("c")));
    await daemon.containers.createContainer(containerRequest("c", after("d")));
    await refused("d", after("x, b"), /circle: d -> b -> c -> d/);
    await daemon.containers.createContainer(containerRequest("d"));
    await assert.rejects(daemon.containers.updateContainer({ container: { id: "d", ...after("b") } }), /circle/);
  });
});
