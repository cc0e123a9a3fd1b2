import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { DesiredState, RestartMode } from "@gantry/api/gantry/containers/v1";
import { ProcessStatus } from "@gantry/api/gantry/types/v1";
import { FakeRuntime } from "../../testing/fake-runtime.ts";
import { containerRequest } from "../../testing/requests.ts";
import { Supervised } from "../../testing/supervised.ts";

const { ALWAYS, NO, ON_FAILURE, UNLESS_STOPPED } = RestartMode;
/** A time from which every back-off is over. */
const longAgo = () => new Date(Date.now() - 3_600_000);

describe("what should run when the daemon starts", { timeout: 30_000 }, () => {
  const run = async ({ containers }: Supervised, id: string, mode: RestartMode, after = "") => {
    const labels = after === "" ? {} : { "gantry.io/depends-on": after };
    await containers.createContainer(containerRequest(id, { restartPolicy: { mode }, labels }));
    await containers.startContainer({ id });
  };

  /** Ends containers while no daemon is there. */
  const meanwhile = async (daemon: Supervised, ids: readonly string[], status: number) => {
    await daemon.test.daemon.close();
    const runtime = new FakeRuntime({ directory: join(daemon.test.directory, "fake") });
    await runtime.load();
    for (const id of ids) runtime.container(id).init.end(status, false, longAgo());
  };

  const statusOf = async ({ containers }: Supervised, id: string) =>
    (await containers.getContainer({ id })).container?.state?.status;

  it("is what ended meanwhile and its policy says so, each end counted once", async () => {
    const before = await Supervised.start();
    await run(before, "a-no", NO);
    await run(before, "a-failed", ON_FAILURE);
    await run(before, "a-always", ALWAYS);
    await run(before, "z-runs", UNLESS_STOPPED);
    await meanwhile(before, ["a-no", "a-failed", "a-always"], 3);
    await using after = await Supervised.start(before.test.directory);
    for (const id of ["a-failed", "a-always"]) {
      const events = await after.events(id, "started", 2);
      const words = events.map(({ topic }) => topic.replace("container.", ""));
      assert.deepEqual(words, ["created", "started", "exited", "restarting", "started"]);
      assert.equal((await after.supervision(id)).restarts, 1);
    }
    assert.equal(await statusOf(after, "a-no"), ProcessStatus.STOPPED);
    assert.equal((await after.supervision("z-runs")).run, 1);
    assert.deepEqual(await after.words("z-runs"), ["created", "started"]);
  });

  it("is not what succeeded on-failure, nor what somebody stopped, unless the policy is always", async () => {
    const before = await Supervised.start();
    await run(before, "done", ON_FAILURE);
    before.runtime.container("done").init.end(0);
    for (const [id, mode] of [
      ["kept", UNLESS_STOPPED],
      ["failing", ON_FAILURE],
      ["always", ALWAYS],
    ] as const) {
      await run(before, id, mode);
      await before.containers.stopContainer({ id });
    }
    await before.events("done", "exited");
    await using after = await before.reboot();
    await after.events("always", "started", 2);
    assert.equal((await after.supervision("always")).desired, DesiredState.RUNNING);
    for (const id of ["done", "kept", "failing"]) assert.equal(await statusOf(after, id), ProcessStatus.STOPPED, id);
    assert.deepEqual(after.backOffs, []);
  });

  it("waits for the rest of its back-off", async () => {
    const before = await Supervised.start();
    await run(before, "a", ALWAYS);
    for (const [index, delayMs] of [100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 51_200].entries()) {
      before.runtime.container("a").init.end(1);
      await before.clock.until(delayMs);
      before.clock.advance(delayMs);
      await before.events("a", "started", index + 2);
    }
    before.runtime.container("a").init.end(1);
    await before.events("a", "restarting", 11);
    await using after = await before.reboot();
    const { restartAt, crashLoop } = await after.supervision("a");
    assert.ok(restartAt && crashLoop);
    assert.ok(
      after.clock.waits.some((wait) => wait > 10_000 && wait <= 60_000),
      `${after.clock.waits}`,
    );
    after.clock.advance(60_000);
    await after.events("a", "started", 12);
  });

  it("is everything that ran when the host went down", async () => {
    const before = await Supervised.start();
    await run(before, "a", UNLESS_STOPPED);
    await before.containers.createContainer(containerRequest("never", { restartPolicy: { mode: ALWAYS } }));
    await before.test.daemon.close();
    rmSync(join(before.test.directory, "fake"), { recursive: true });
    await using after = await Supervised.start(before.test.directory);
    void after.clock.untilAtMost(100).then(() => after.clock.advance(100));
    const events = await after.events("a", "started", 2);
    assert.equal(events.find(({ topic }) => topic === "container.exited")?.exit?.status, 255);
    assert.deepEqual([...after.runtime.containers.keys()], ["default/a"]);
  });

  it("starts behind what it depends on, whether or not that can start", async () => {
    const before = await Supervised.start();
    for (const [id, dependency] of [
      ["db", ""],
      ["app", "db, cache"],
      ["cache", "db"],
      ["alone", "elsewhere"],
    ] as const) {
      await run(before, id, ALWAYS, dependency);
    }
    await meanwhile(before, ["db", "app", "cache", "alone"], 0);
    const begun: string[] = [];
    const db = Promise.withResolvers<void>();
    const at = async (moment: string, id: string) => {
      if (moment !== "creating") return;
      begun.push(id);
      if (id === "db") await db.promise;
    };
    await using after = await Supervised.start(before.test.directory, { at });
    await after.events("alone", "started", 2);
    assert.deepEqual(begun.toSorted(), ["alone", "db"]);
    db.reject(new TypeError("the disk is gone"));
    await after.events("app", "started", 2);
    assert.deepEqual(begun.slice(2), ["cache", "app"]);
    assert.match((await after.supervision("db")).restartError, /disk is gone/);
  });

  it("leaves alone what its runtime does not answer for, and comes back to it", async () => {
    const before = await Supervised.start();
    await run(before, "a", ALWAYS);
    before.runtime.container("a").init.end(1);
    await before.events("a", "restarting");
    await before.test.daemon.close();
    const { load } = FakeRuntime.prototype;
    FakeRuntime.prototype.load = () => Promise.reject(new TypeError("not now"));
    await using after = await Supervised.start(before.test.directory).finally(() => {
      FakeRuntime.prototype.load = load;
    });
    void after.clock.untilAtMost(100).then(() => after.clock.advance(100));
    await after.clock.until(60_000);
    assert.equal(await statusOf(after, "a"), ProcessStatus.UNKNOWN);
    assert.deepEqual(await after.words("a"), ["created", "started", "exited", "restarting"]);
  });

  it("does not keep the daemon from ending while a runtime does not come to an end with it", async () => {
    const before = await Supervised.start();
    await run(before, "a", ALWAYS);
    await meanwhile(before, ["a"], 1);
    const begun = Promise.withResolvers<void>();
    const at = async (moment: string) => {
      if (moment !== "creating") return;
      begun.resolve();
      await new Promise<void>(() => {});
    };
    const hanging = await Supervised.start(before.test.directory, { at });
    await begun.promise;
    await hanging.test.daemon.close();
    await using after = await Supervised.start(before.test.directory);
    await after.events("a", "started", 2);
  });
});
