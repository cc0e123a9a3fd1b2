import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { Snapshotter } from "../snapshotter.ts";
import { connectSnapshotter } from "./connect-snapshotter.ts";
import { serveSnapshotter } from "./serve-snapshotter.ts";
import { aborted, untilCanceled } from "./testing/script.ts";
import { ScriptedSnapshotter } from "./testing/scripted-snapshotter.ts";
import { snapshotterWire } from "./testing/serve-scripted.ts";
import { socketAddress } from "./testing/socket-address.ts";

const everyCall: readonly ((remote: Snapshotter) => Promise<unknown>)[] = [
  (remote) => remote.prepare("key", null),
  (remote) => remote.view("key", null, { signal: new AbortController().signal }),
  (remote) => remote.mounts("key"),
  (remote) => remote.commit("name", "key"),
  (remote) => remote.remove("name"),
  (remote) => remote.stat("name"),
  (remote) => remote.update("name", { labels: new Map() }),
  (remote) => remote.usage("name"),
  (remote) => remote.walk()[Symbol.asyncIterator]().next(),
];

describe("closing the calling end", () => {
  it("makes every later call reject with failed-precondition, and leaves the snapshotter open", async (test) => {
    const { remote, script } = await snapshotterWire(test);
    await remote.close();
    await remote.close();
    for (const call of everyCall) {
      await assert.rejects(call(remote), { kind: "failed-precondition" });
    }
    assert.deepEqual(script.calls, []);
  });

  it("ends calls that run with failed-precondition, at the other side too", async (test) => {
    const { remote, script } = await snapshotterWire(test);
    script.on("remove", ({ signal }) => untilCanceled(signal));
    const running = remote.remove("name");
    const { signal } = await script.arrival("remove");
    const rejected = assert.rejects(running, { kind: "failed-precondition" });
    await remote.close();
    await rejected;
    await aborted(signal);
  });
});

describe("closing the serving end", () => {
  it("ends calls and streams that run with unavailable, after they have undone what they began", async (test) => {
    const { remote, script, serving } = await snapshotterWire(test);
    let undone = false;
    script.on("remove", async ({ signal }) => {
      await aborted(signal);
      undone = true;
      throw signal?.reason;
    });
    script.on("walk", async function* ({ signal }) {
      yield await untilCanceled(signal);
    });
    const call = assert.rejects(remote.remove("name"), { kind: "unavailable" });
    const stream = assert.rejects(remote.walk()[Symbol.asyncIterator]().next(), { kind: "unavailable" });
    await Promise.all([script.arrival("remove"), script.arrival("walk")]);
    await Promise.all([serving.close(), serving.close(), call, stream]);
    assert.equal(undone, true);
  });

  it("leaves the snapshotter open", async (test) => {
    const { script, serving } = await snapshotterWire(test);
    await serving.close();
    assert.deepEqual(script.calls, []);
  });

  it("takes the address down: later calls reject with unavailable", async (test) => {
    const { remote, serving } = await snapshotterWire(test);
    await serving.close();
    for (const call of everyCall) {
      await assert.rejects(call(remote), {
        kind: "unavailable",
        subject: { type: "snapshotter", id: serving.address },
      });
    }
  });

  it("lets the caller go on when something serves there again", async (test) => {
    const { remote, serving } = await snapshotterWire(test);
    await serving.close();
    await assert.rejects(remote.usage("name"), { kind: "unavailable" });
    const next = new ScriptedSnapshotter();
    next.script.on("usage", () => ({ sizeBytes: 5n, inodes: 6n }));
    const again = await serveSnapshotter(next, { address: serving.address });
    test.after(() => again.close());
    assert.deepEqual(await remote.usage("name"), { sizeBytes: 5n, inodes: 6n });
  });
});

describe("a serving process that is killed", () => {
  it("ends calls and streams that run with unavailable; a new process goes on", async (test) => {
    const address = socketAddress(test);
    const first = await serveInChild(test, address);
    const remote = await connectSnapshotter(address);
    test.after(() => remote.close());
    const call = assert.rejects(remote.remove("name"), { kind: "unavailable" });
    await once(first, "message");
    const cancelable = assert.rejects(remote.remove("name", { signal: new AbortController().signal }), {
      kind: "unavailable",
    });
    await once(first, "message");
    const stream = assert.rejects(remote.walk()[Symbol.asyncIterator]().next(), { kind: "unavailable" });
    await once(first, "message");
    first.kill("SIGKILL");
    await Promise.all([call, cancelable, stream]);
    await assert.rejects(remote.usage("name"), { kind: "unavailable" });
    // The first one could not take its socket with it.
    await serveInChild(test, address);
    assert.deepEqual(await remote.usage("name"), { sizeBytes: 1n, inodes: 2n });
  });
});

async function serveInChild(test: TestContext, address: string): Promise<ChildProcess> {
  const program = fileURLToPath(new URL("./testing/serve-in-child.ts", import.meta.url));
  const child = fork(program, [address], { execArgv: ["--conditions=gantry-source"] });
  test.after(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  });
  await once(child, "message");
  return child;
}
