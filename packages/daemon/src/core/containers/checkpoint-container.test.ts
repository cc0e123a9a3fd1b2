import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CheckpointOptions } from "@gantry/api";
import { DesiredState, RestartMode } from "@gantry/api/gantry/containers/v1";
import { containerRequest } from "../../testing/requests.ts";
import { Supervised } from "../../testing/supervised.ts";

describe("a checkpoint of a container", { timeout: 60_000 }, () => {
  const always = { restartPolicy: { mode: RestartMode.ALWAYS } };

  /** Starts `a`, whose checkpoints are `make`. */
  async function started(
    daemon: Supervised,
    container: Parameters<typeof containerRequest>[1],
    make: (options: CheckpointOptions) => void,
  ) {
    await daemon.containers.createContainer(containerRequest("a", container));
    await daemon.containers.startContainer({ id: "a" });
    const fake = daemon.runtime.container("a");
    fake.checkpoint = async (options) => make(options);
    return fake.init;
  }

  it("that ends it is no reason to restart it", async () => {
    await using daemon = await Supervised.start();
    const init = await started(daemon, always, () => init.end(137));
    await daemon.containers.checkpointContainer({ id: "a", path: "/images" });
    await daemon.events("a", "exited");
    assert.equal((await daemon.supervision("a")).desired, DesiredState.STOPPED);
    assert.equal((await daemon.supervision("a")).restartAt, undefined);
    assert.deepEqual(daemon.backOffs, []);
  });

  it("that it survives changes nothing, and gets the options as they came", async () => {
    await using daemon = await Supervised.start();
    const seen: unknown[] = [];
    await started(daemon, always, ({ path, leaveRunning }) => seen.push({ path, leaveRunning }));
    await daemon.containers.checkpointContainer({ id: "a", path: "/images", leaveRunning: true });
    assert.deepEqual(seen, [{ path: "/images", leaveRunning: true }]);
    assert.equal((await daemon.supervision("a")).desired, DesiredState.RUNNING);
  });

  it("that fails leaves it to be restarted as before", async () => {
    await using daemon = await Supervised.start();
    const init = await started(daemon, always, () => {
      throw new TypeError("no room");
    });
    await assert.rejects(daemon.containers.checkpointContainer({ id: "a", path: "/images" }));
    assert.equal((await daemon.supervision("a")).desired, DesiredState.RUNNING);
    init.end(1);
    await daemon.clock.until(100);
  });

  it("works without a policy", async () => {
    await using daemon = await Supervised.start();
    const init = await started(daemon, {}, () => init.end(137));
    await daemon.containers.checkpointContainer({ id: "a", path: "/images" });
    assert.equal((await daemon.containers.waitContainer({ id: "a" })).exit?.status, 137);
  });

  it("rejects with not-found where there is none", async () => {
    await using daemon = await Supervised.start();
    await assert.rejects(daemon.containers.checkpointContainer({ id: "b", path: "/images" }), /not_found/);
  });
});
