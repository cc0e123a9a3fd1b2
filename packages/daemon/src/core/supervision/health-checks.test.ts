import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HealthStatus } from "@gantry/api/gantry/containers/v1";
import type { FakeProcess } from "../../testing/fake-process.ts";
import { containerRequest } from "../../testing/requests.ts";
import { Supervised } from "../../testing/supervised.ts";

describe("health checks", { timeout: 60_000 }, () => {
  const healthCheck = { args: ["check"], intervalMs: 1_234, timeoutMs: 555, retries: 2 };

  const started = async (daemon: Supervised) => {
    await daemon.containers.createContainer(containerRequest("a", { healthCheck }));
    await daemon.containers.startContainer({ id: "a" });
  };

  /** Lets the next check begin, and returns its process. */
  const nextCheck = async (daemon: Supervised): Promise<FakeProcess> => {
    const made = Promise.withResolvers<FakeProcess>();
    daemon.runtime.container("a").onExec = made.resolve;
    await daemon.clock.until(1_234);
    daemon.clock.advance(1_234);
    const check = await made.promise;
    await daemon.clock.until(555);
    return check;
  };

  it("tell when a container becomes healthy, unhealthy, and healthy again", async () => {
    await using daemon = await Supervised.start();
    await started(daemon);
    assert.equal((await daemon.supervision("a")).health, HealthStatus.STARTING);
    for (const status of [0, 1, 1, 0]) {
      const check = await nextCheck(daemon);
      check.print(`it is ${status}\n`);
      check.end(status);
    }
    const events = await daemon.events("a", "health", 3);
    const health = events.flatMap(({ attributes }) => attributes["health"] ?? []);
    assert.deepEqual(health, ["healthy", "unhealthy", "healthy"]);
    await daemon.clock.until(1_234);
    const supervision = await daemon.supervision("a");
    assert.deepEqual([supervision.health, supervision.failedChecks], [HealthStatus.HEALTHY, 0]);
    assert.equal(supervision.checkOutput, "it is 0");
    assert.deepEqual(daemon.runtime.container("a").execs(), []);
    assert.ok(!(await daemon.words("a")).some((word) => word.startsWith("exec.")));
  });

  it("kill a check that takes too long, which has failed then", async () => {
    await using daemon = await Supervised.start();
    await started(daemon);
    for (let count = 0; count < 2; count += 1) {
      const check = await nextCheck(daemon);
      daemon.clock.advance(555);
      await check.wait();
      assert.deepEqual(check.signals, ["SIGKILL"]);
    }
    await daemon.events("a", "health");
    const { health, checkOutput } = await daemon.supervision("a");
    assert.deepEqual([health, checkOutput], [HealthStatus.UNHEALTHY, "did not end within 555 ms"]);
  });

  it("end with the run, and begin anew with the next", async () => {
    await using daemon = await Supervised.start();
    await started(daemon);
    (await nextCheck(daemon)).end(0);
    await daemon.events("a", "health");
    daemon.runtime.container("a").init.end(0);
    await daemon.events("a", "exited");
    assert.equal((await daemon.supervision("a")).health, HealthStatus.UNSPECIFIED);
    assert.ok(!daemon.clock.waits.includes(1_234));
    await daemon.containers.startContainer({ id: "a" });
    assert.equal((await daemon.supervision("a")).health, HealthStatus.STARTING);
  });

  it("find out nothing of a container that is paused", async () => {
    await using daemon = await Supervised.start();
    await started(daemon);
    await daemon.containers.pauseContainer({ id: "a" });
    for (let count = 0; count < 3; count += 1) {
      await daemon.clock.until(1_234);
      daemon.clock.advance(1_234);
    }
    await daemon.clock.until(1_234);
    const { health, failedChecks } = await daemon.supervision("a");
    assert.deepEqual([health, failedChecks], [HealthStatus.STARTING, 0]);
  });

  it("go on behind a restart of the daemon from what was known", async () => {
    const before = await Supervised.start();
    await started(before);
    (await nextCheck(before)).end(0);
    await before.events("a", "health");
    await using after = await before.reboot();
    assert.equal((await after.supervision("a")).health, HealthStatus.HEALTHY);
    (await nextCheck(after)).end(0);
    await after.clock.until(1_234);
    assert.equal((await after.words("a")).filter((word) => word === "health").length, 1);
  });

  it("have ids that nobody else may use", async () => {
    await using daemon = await Supervised.start();
    await started(daemon);
    const process = containerRequest("x").container?.spec;
    const exec = { id: "a", execId: "gantry.health-1", ...(process && { process }) };
    await assert.rejects(daemon.containers.createExec(exec), /health checks/);
  });
});
