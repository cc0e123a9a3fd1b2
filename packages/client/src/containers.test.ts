import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { specToAny } from "@gantry/api/spec";
import { type Client, createClient } from "./index.ts";
import { FakeDaemon } from "./testing/fake-daemon.ts";
import type { FakeServer } from "./testing/fake-server.ts";

const spec = specToAny({ ociVersion: "1.0.2", process: { args: ["sh"], env: ["A=1", "B=2"] } });

describe("containers", () => {
  let daemon: FakeDaemon;
  let server: FakeServer;
  let client: Client;

  beforeEach(async () => {
    daemon = new FakeDaemon();
    server = await daemon.start();
    client = createClient({ address: server.address });
    await client.containers.create({
      id: "c1",
      spec,
      snapshot: { key: "k", owned: true },
      labels: new Map([["__proto__", "x"]]),
    });
  });

  afterEach(async () => {
    await client.close();
    await server[Symbol.asyncDispose]();
  });

  it("returns records as values", async () => {
    const { createdAt, labels, ...record } = await client.containers.get("c1");
    assert.deepEqual([...labels], [["__proto__", "x"]]);
    assert.equal(createdAt.getTime(), 1_700_000_000_000);
    assert.deepEqual(record.snapshot, { snapshotter: "", key: "k" });
    assert.deepEqual(record.spec, { typeUrl: spec.typeUrl, value: spec.value });
    assert.deepEqual(record.state, { status: "running", pid: 41, exit: null });
    assert.equal(record.runtime, "fake");
  });

  it("lists one that cannot be asked as unknown, with the reason", async () => {
    const [container] = await client.containers.list({ filters: ["status==unknown", "id~=c"] });
    assert.equal(container?.state.status, "unknown");
    assert.equal(container?.reason, "asleep");
    assert.equal(daemon.calls.at(-1), "list status==unknown or id~=c");
  });

  it("sends signals by name and number, to one process or all", async () => {
    await client.containers.kill("c1");
    await client.containers.kill("c1", 9, { all: true });
    await client.containers.process("c1").kill("SIGHUP");
    assert.deepEqual(daemon.calls.slice(-3), ["kill c1/ by ", "kill c1/ by 9, all", "kill c1/ by SIGHUP"]);
  });

  it("returns how a process ended", async () => {
    const waiting = client.containers.wait("c1");
    await client.containers.start("c1");
    assert.deepEqual(await waiting, { pid: 41, status: 7, exitedAt: new Date(1_700_000_000_000), oomKilled: true });
  });

  it("is in place before attach resolves", async () => {
    const output = await client.containers.process("c1").attach({ fromOffset: 3n });
    assert.equal(daemon.containers.attached, 1);
    assert.equal(daemon.calls.at(-1), "attach c1/ from 3");
    await output.return?.();
  });

  it("writes any amount to standard input, in pieces that a message holds", async () => {
    await client.containers.process("c1").writeStdin(new Uint8Array((2 << 20) + 1));
    assert.deepEqual(daemon.calls.slice(-3), [
      "stdin of c1/: 1048576 bytes",
      "stdin of c1/: 1048576 bytes",
      "stdin of c1/: 1 bytes",
    ]);
  });

  it("forgets what was deleted", async () => {
    assert.equal(await client.containers.delete("c1", { force: true }), null);
    await assert.rejects(client.containers.get("c1"), { kind: "not-found", subject: { type: "container", id: "c1" } });
  });

  describe("exec", () => {
    it("is made and started by one call, with only what was asked for", async () => {
      const exec = await client.containers.exec("c1", { args: ["ls"], execId: "e1", cwd: "/tmp" });
      assert.deepEqual(daemon.calls.slice(-2), ['create exec c1/e1: {"args":["ls"],"cwd":"/tmp"}', "start exec c1/e1"]);
      assert.equal((await exec.wait()).status, 7);
      await exec.delete();
      assert.equal(daemon.calls.at(-1), "delete exec c1/e1");
    });

    it("shows what was written before anybody read", async () => {
      await using exec = await client.containers.exec("c1", { args: ["ls"], execId: "e1" });
      await exec.wait();
      const { value } = await exec.frames.next();
      assert.equal(new TextDecoder().decode(value?.data), "out");
      assert.ok(daemon.calls.includes("attach c1/e1 from 0"));
    });

    it("is started by a call of its own where the daemon wants one", async () => {
      daemon.containers.startsByOwnCallOnly = true;
      await client.containers.exec("c1", { args: ["ls"], execId: "e1" });
      assert.deepEqual(daemon.calls.slice(-2), ['create exec c1/e1: {"args":["ls"]}', "start exec c1/e1"]);
    });

    it("sets variables over those of the container", async () => {
      await client.containers.exec("c1", { args: ["env"], execId: "e1", env: { B: "3" } });
      assert.ok(daemon.calls.includes('create exec c1/e1: {"args":["env"],"env":["A=1","B=3"]}'));
    });

    for (const startsByOwnCallOnly of [false, true]) {
      it(`leaves nothing behind when the start fails, by ${startsByOwnCallOnly ? "a call of its own" : "one call"}`, async () => {
        daemon.containers.startsByOwnCallOnly = startsByOwnCallOnly;
        daemon.containers.failures.set("start exec", "not-found");
        await assert.rejects(client.containers.exec("c1", { args: ["none"] }), {
          kind: "not-found",
          message: /cannot start exec/,
        });
        assert.equal(daemon.containers.execs.size, 0);
      });
    }

    it("kills and forgets it when disposed of", async () => {
      {
        await using _exec = await client.containers.exec("c1", { args: ["sleep"], execId: "e1" });
      }
      assert.deepEqual(daemon.calls.slice(-2), ["kill c1/e1 by SIGKILL", "delete exec c1/e1"]);
      assert.equal(daemon.containers.attached, 0);
    });
  });
});
