import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SnapshotInfo } from "../snapshotter.ts";
import { snapshotterWire } from "./testing/serve-scripted.ts";

const labels = new Map([
  ["__proto__", "a key like any other"],
  ["constructor", ""],
  ["gantry.dev/größe", "10 µm"],
]);

const info: SnapshotInfo = {
  name: "default/sha256:0123",
  kind: "committed",
  parent: "default/sha256:4567",
  readonly: false,
  labels,
  createdAt: new Date(0),
  updatedAt: new Date("1969-12-31T23:59:59.001Z"),
};

const view: SnapshotInfo = { ...info, name: "a view", kind: "active", parent: null, readonly: true, labels: new Map() };

const mounts = [
  { type: "overlay", source: "overlay", target: "", options: ["index=off", "lowerdir=/a:/b"] },
  { type: "bind", source: "/c", target: "etc/hosts", options: [] },
];

/** Every value that does not stream, as it is sent and as it arrives. */
describe("connectSnapshotter", () => {
  it("carries prepare and view with their labels, and the mounts back in order", async (test) => {
    const { remote, script } = await snapshotterWire(test);
    for (const method of ["prepare", "view"] as const) {
      script.on(method, () => mounts);
      assert.deepEqual(await remote[method]("key", "parent", { labels }), mounts);
      assert.deepEqual((await script.arrival(method)).args, ["key", "parent", { labels }]);
    }
  });

  it("carries a parent of null, and no labels", async (test) => {
    const { remote, script } = await snapshotterWire(test);
    script.on("prepare", () => mounts);
    await remote.prepare("key", null);
    assert.deepEqual((await script.arrival("prepare")).args, ["key", null, { labels: new Map() }]);
  });

  it("carries mounts, commit and remove", async (test) => {
    const { remote, script } = await snapshotterWire(test);
    script.on("mounts", () => mounts);
    script.on("commit", () => undefined);
    script.on("remove", () => undefined);
    assert.deepEqual(await remote.mounts("key"), mounts);
    assert.equal(await remote.commit("name", "key", { labels }), undefined);
    assert.equal(await remote.remove("name"), undefined);
    const received = script.calls.map(({ method, args }) => [method, ...args]);
    assert.deepEqual(received, [
      ["mounts", "key"],
      ["commit", "name", "key", { labels }],
      ["remove", "name"],
    ]);
  });

  it("carries stat with dates around the epoch and labels of any key", async (test) => {
    const { remote, script } = await snapshotterWire(test);
    script.on("stat", ({ args: [name] }) => (name === "a view" ? view : info));
    assert.deepEqual(await remote.stat(info.name), info);
    assert.deepEqual(await remote.stat("a view"), view);
  });

  it("carries update with and without field paths", async (test) => {
    const { remote, script } = await snapshotterWire(test);
    script.on("update", () => info);
    for (const fieldPaths of [undefined, [], ["labels"], ["labels.a.b/c", "labels.__proto__"]]) {
      const options = fieldPaths && { fieldPaths };
      assert.deepEqual(await remote.update("name", { labels }, options), info);
      const [, , received] = script.calls.at(-1)?.args ?? [];
      assert.deepEqual(received, options);
    }
    assert.deepEqual(script.calls.at(-1)?.args.slice(0, 2), ["name", { labels }]);
  });

  it("carries usage beyond 2^53", async (test) => {
    const { remote, script } = await snapshotterWire(test);
    const usage = { sizeBytes: 2n ** 64n - 1n, inodes: 2n ** 53n + 1n };
    script.on("usage", () => usage);
    assert.deepEqual(await remote.usage("name"), usage);
  });

  it("knows the capabilities at once", async (test) => {
    const { remote } = await snapshotterWire(test);
    assert.deepEqual(remote.capabilities, { copyOnWrite: true });
  });

  it("refuses a name that would arrive as another one, as a snapshotter does", async (test) => {
    const { remote, script } = await snapshotterWire(test);
    for (const name of ["", "\ud800", "a\udc00"]) {
      await assert.rejects(remote.prepare(name, null), { kind: "invalid-argument" });
      await assert.rejects(remote.view("key", name), { kind: "not-found" });
      await assert.rejects(remote.commit(name, "key"), { kind: "invalid-argument" });
      await assert.rejects(remote.commit("name", name), { kind: "not-found" });
      for (const method of ["mounts", "stat", "usage", "remove"] as const) {
        await assert.rejects(remote[method](name), { kind: "not-found" });
      }
      await assert.rejects(remote.update(name, { labels }), { kind: "not-found" });
    }
    assert.deepEqual(script.calls, []);
  });

  it("rejects another form of address with invalid-argument", async () => {
    const { connectSnapshotter } = await import("./connect-snapshotter.ts");
    await assert.rejects(connectSnapshotter("/run/s"), { kind: "invalid-argument" });
  });

  it("rejects an address where nobody listens with unavailable, naming it", async () => {
    const { connectSnapshotter } = await import("./connect-snapshotter.ts");
    const address = "unix:///nonexistent/gantry/s";
    await assert.rejects(connectSnapshotter(address), {
      kind: "unavailable",
      subject: { type: "snapshotter", id: address },
    });
  });
});
