import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DesiredState, RestartMode } from "@gantry/api/gantry/containers/v1";
import { ProcessStatus } from "@gantry/api/gantry/types/v1";
import { containerRequest } from "../../testing/requests.ts";
import { Supervised } from "../../testing/supervised.ts";

describe("stopping a container", { timeout: 60_000 }, () => {
  const always = { restartPolicy: { mode: RestartMode.ALWAYS } };
  const started = async (daemon: Supervised, container = always as Parameters<typeof containerRequest>[1]) => {
    await daemon.containers.createContainer(containerRequest("a", container));
    await daemon.containers.startContainer({ id: "a" });
    return daemon.runtime.container("a").init;
  };

  it("asks it to end, answers how it did, and does not restart it", async () => {
    await using daemon = await Supervised.start();
    await started(daemon);
    assert.equal((await daemon.containers.stopContainer({ id: "a" })).exit?.status, 143);
    assert.deepEqual(await daemon.words("a"), ["created", "started", "exited"]);
    assert.equal((await daemon.supervision("a")).desired, DesiredState.STOPPED);
    assert.deepEqual(daemon.backOffs, []);
    assert.equal((await daemon.containers.stopContainer({ id: "a" })).exit?.status, 143);
  });

  it("kills it after the time, whether or not the caller still waits", async () => {
    await using daemon = await Supervised.start();
    const init = await started(daemon);
    init.ignored.add("SIGTERM");
    const leave = new AbortController();
    const stopping = daemon.containers.stopContainer({ id: "a", timeoutMs: 3_000 }, { signal: leave.signal });
    await daemon.clock.until(3_000);
    leave.abort();
    await assert.rejects(stopping);
    daemon.clock.advance(2_999);
    assert.deepEqual(init.signals, ["SIGTERM"]);
    daemon.clock.advance(1);
    await daemon.events("a", "exited");
    assert.deepEqual(init.signals, ["SIGTERM", "SIGKILL"]);
    assert.equal((await daemon.supervision("a")).restartAt, undefined);
  });

  it("ends the waiting for a restart, by stop and by kill", async () => {
    await using daemon = await Supervised.start();
    const init = await started(daemon);
    init.end(1);
    await daemon.clock.until(100);
    await daemon.containers.killContainer({ id: "a" });
    assert.deepEqual(daemon.backOffs, []);
    await daemon.containers.startContainer({ id: "a" });
    daemon.runtime.container("a").init.end(1);
    await daemon.clock.until(100);
    assert.equal((await daemon.containers.stopContainer({ id: "a" })).exit?.status, 1);
    assert.deepEqual(daemon.backOffs, []);
    await assert.rejects(daemon.containers.killContainer({ id: "a" }), /stopped/);
  });

  it("takes a signal that asks for the end as a stop, and no other", async () => {
    await using daemon = await Supervised.start();
    const init = await started(daemon);
    for (const signal of ["SIGHUP", "KILL", "15"]) init.ignored.add(signal);
    await daemon.containers.killContainer({ id: "a", signal: "SIGHUP" });
    assert.equal((await daemon.supervision("a")).desired, DesiredState.RUNNING);
    await daemon.containers.killContainer({ id: "a", signal: "15" });
    assert.equal((await daemon.supervision("a")).desired, DesiredState.STOPPED);
    init.end(0);
    await daemon.events("a", "exited");
    assert.deepEqual(daemon.backOffs, []);
  });

  it("leaves what was wanted as it was if the signal is refused", async () => {
    await using daemon = await Supervised.start();
    const init = await started(daemon);
    init.kill = () => Promise.reject(new TypeError("no such signal"));
    await assert.rejects(daemon.containers.stopContainer({ id: "a", signal: "SIGNONE" }));
    assert.equal((await daemon.supervision("a")).desired, DesiredState.RUNNING);
    init.end(1);
    await daemon.clock.until(100);
  });

  it("leaves one alone that never ran", async () => {
    await using daemon = await Supervised.start();
    await daemon.containers.createContainer(containerRequest("a", always));
    assert.equal((await daemon.containers.stopContainer({ id: "a" })).exit, undefined);
    await daemon.containers.startContainer({ id: "a" });
    assert.equal((await daemon.supervision("a")).desired, DesiredState.RUNNING);
  });

  it("restarts what runs and what has ended, without counting it", async () => {
    await using daemon = await Supervised.start();
    const init = await started(daemon, {});
    assert.notEqual((await daemon.containers.restartContainer({ id: "a" })).pid, init.pid);
    assert.deepEqual(init.signals, ["SIGTERM"]);
    daemon.runtime.container("a").init.end(0);
    await daemon.containers.waitContainer({ id: "a" });
    await daemon.containers.restartContainer({ id: "a" });
    const { container } = await daemon.containers.getContainer({ id: "a" });
    assert.equal(container?.state?.status, ProcessStatus.RUNNING);
    assert.deepEqual([container?.supervision?.run, container?.supervision?.restarts], [3, 0]);
    assert.deepEqual(await daemon.words("a"), ["created", ...["started", "exited", "started", "exited", "started"]]);
  });

  it("does not restart what is deleted when it ends", async () => {
    await using daemon = await Supervised.start();
    const init = await started(daemon, { deleteOnExit: true });
    await assert.rejects(daemon.containers.restartContainer({ id: "a" }), /delete_on_exit/);
    assert.deepEqual(init.signals, []);
    assert.equal((await daemon.containers.stopContainer({ id: "a" })).exit?.status, 143);
    await daemon.events("a", "deleted");
  });
});
