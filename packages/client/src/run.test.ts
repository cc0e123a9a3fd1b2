import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { specFromAny } from "@gantry/api/spec";
import { type Client, createClient } from "./index.ts";
import { chainId, FakeDaemon } from "./testing/fake-daemon.ts";
import type { FakeServer } from "./testing/fake-server.ts";

describe("run", () => {
  let daemon: FakeDaemon;
  let server: FakeServer;
  let client: Client;

  beforeEach(async () => {
    daemon = new FakeDaemon();
    server = await daemon.start();
    client = createClient({ address: server.address });
  });

  afterEach(async () => {
    await client.close();
    await server[Symbol.asyncDispose]();
  });

  it("unpacks, makes a snapshot and a container, attaches, and starts last", async () => {
    const container = await client.run({ image: "box", id: "c1", args: ["echo", "x"], stdin: true });
    assert.deepEqual(daemon.calls, [
      `prepare c1 on ${chainId}`,
      "unpack box",
      `prepare c1 on ${chainId}`,
      "create c1 on c1 with log",
      "attach c1/ from 0",
      "start c1",
    ]);
    assert.equal(container.pid, 41);
    assert.equal((await container.wait()).status, 7);
    const spec = specFromAny((await client.containers.get("c1")).spec);
    assert.deepEqual(spec.process?.args, ["echo", "x"]);
    assert.equal(spec.hostname, "c1");
  });

  it("does not unpack what is unpacked", async () => {
    daemon.snapshots.add(chainId, "committed");
    await client.run({ image: "box", id: "c1" });
    assert.ok(!daemon.calls.includes("unpack box"));
  });

  it("gives ids of twelve digits, and waits before the start when the container is removed at its end", async () => {
    daemon.snapshots.add(chainId, "committed");
    const { id } = await client.run({ image: "box", remove: true });
    assert.match(id, /^[0-9a-f]{12}$/);
    assert.equal(daemon.containers.records.get(id)?.deleteOnExit, true);
    assert.ok(daemon.calls.indexOf(`wait ${id}/`) < daemon.calls.indexOf(`start ${id}`));
  });

  it("says what the daemon shall do about the container, and nothing where it shall do nothing", async () => {
    const healthCheck = { args: ["test", "-e", "/ok"], intervalMs: 1_000, retries: 2 };
    await client.run({ image: "box", id: "c1", restartPolicy: { mode: "on-failure", maxRestarts: 3 }, healthCheck });
    const { restartPolicy, healthCheck: kept, supervision } = await client.containers.get("c1");
    assert.deepEqual(restartPolicy, { mode: "on-failure", maxRestarts: 3 });
    assert.deepEqual(kept, { timeoutMs: 0, startPeriodMs: 0, ...healthCheck });
    assert.deepEqual([supervision.restarts, supervision.health], [0, null]);
    await client.run({ image: "box", id: "c2" });
    const left = daemon.containers.records.get("c2");
    assert.deepEqual([left?.restartPolicy, left?.healthCheck], [undefined, undefined]);
  });

  it("hands on the checkpoint that the container is to go on from, and none where it is to begin", async () => {
    await client.run({ image: "box", id: "c1", checkpoint: "/kept/c1" });
    await client.run({ image: "box", id: "c2" });
    assert.deepEqual([...daemon.containers.checkpoints], [["c1", "/kept/c1"]]);
  });

  it("gives the container a user namespace whose root is who the caller says", async () => {
    const userNamespace = { uidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }] };
    await client.run({
      image: "box",
      id: "c1",
      userNamespace: { ...userNamespace, gidMappings: userNamespace.uidMappings },
    });
    const { linux } = specFromAny((await client.containers.get("c1")).spec);
    assert.ok(linux?.namespaces?.some(({ type }) => type === "user"));
    assert.deepEqual(linux?.uidMappings, userNamespace.uidMappings);
    assert.deepEqual(linux?.gidMappings, userNamespace.uidMappings);
  });

  it("shows output with its streams, and frees the reader when disposed of", async () => {
    const frames: string[] = [];
    {
      await using container = await client.run({ image: "box", id: "c1" });
      for await (const { data, nextOffset, stream } of container.frames) {
        frames.push(`${stream} ${new TextDecoder().decode(data)} ${nextOffset}`);
      }
    }
    assert.deepEqual(frames, [`stdout out ${2n ** 60n}`, `stderr err ${2n ** 60n + 1n}`]);
    assert.equal(daemon.containers.attached, 0);
    assert.equal(daemon.calls.at(-1), "delete c1 by force");
  });

  it("rejects with the image's error where there is no such image, and makes nothing", async () => {
    await assert.rejects(client.run({ image: "none" }), { kind: "not-found", subject: { type: "image", id: "none" } });
    assert.deepEqual(daemon.calls, []);
  });

  it("rejects bad options before it makes anything", async () => {
    await assert.rejects(client.run({ image: "box", id: "a b" }), {
      kind: "invalid-argument",
      subject: { type: "container", id: "a b" },
    });
    await assert.rejects(client.run({ image: "box", cwd: "x" }), {
      kind: "invalid-argument",
      subject: { type: "spec", id: "process.cwd" },
    });
    assert.deepEqual(daemon.calls, []);
  });

  for (const [call, kind] of [
    ["create", "invalid-argument"],
    ["attach", "unavailable"],
    ["start", "not-found"],
  ] as const) {
    it(`leaves nothing behind when ${call} fails`, async () => {
      daemon.snapshots.add(chainId, "committed");
      daemon.containers.failures.set(call, kind);
      await assert.rejects(client.run({ image: "box", id: "c1" }), { kind, message: `container "c1": cannot ${call}` });
      assert.deepEqual([...daemon.containers.records.keys()], []);
      const undo = call === "create" ? "remove c1" : "delete c1 by force";
      assert.equal(daemon.calls.at(-1), undo);
    });
  }

  it("reports what could not be undone with the error", async () => {
    daemon.snapshots.add(chainId, "committed");
    daemon.containers.failures.set("start", "permission-denied").set("delete", "internal");
    await assert.rejects(
      client.run({ image: "box", id: "c1" }),
      (error: { kind: string; cleanup: readonly Error[] }) => {
        assert.equal(error.kind, "permission-denied");
        assert.match(error.cleanup[0]?.message ?? "", /cannot delete/);
        return true;
      },
    );
  });

  it("names the container that has the id already", async () => {
    await client.run({ image: "box", id: "c1" });
    await assert.rejects(client.run({ image: "box", id: "c1" }), {
      kind: "already-exists",
      subject: { type: "container", id: "c1" },
    });
    assert.ok(daemon.containers.records.has("c1"));
  });

  it("names a snapshot that is nobody's", async () => {
    daemon.snapshots.add(chainId, "committed");
    daemon.snapshots.add("c1", "active");
    await assert.rejects(client.run({ image: "box", id: "c1" }), {
      kind: "already-exists",
      subject: { type: "snapshot", id: "c1" },
    });
    assert.ok(daemon.snapshots.infos.has("c1"));
  });

  it("undoes what it made when the caller aborts meanwhile", async () => {
    daemon.snapshots.add(chainId, "committed");
    const controller = new AbortController();
    daemon.containers.onStart = () => controller.abort(new TypeError("enough"));
    await assert.rejects(client.run({ image: "box", id: "c1", signal: controller.signal }), /enough/);
    assert.equal(daemon.calls.at(-1), "delete c1 by force");
  });
});
