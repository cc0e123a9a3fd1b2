import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { NamespaceService } from "@gantry/api/gantry/namespaces/v1";
import { PluginStatus, SystemService } from "@gantry/api/gantry/system/v1";
import { Health, HealthCheckResponse_ServingStatus } from "@gantry/api/grpc";
import { dateToMessage } from "@gantry/api/wire";
import { type Client, createClient } from "./index.ts";
import { chainId, FakeDaemon } from "./testing/fake-daemon.ts";
import { type FakeServer, startFakeServer } from "./testing/fake-server.ts";

const at = new Date(1_700_000_000_000);

describe("the areas of a client", () => {
  const daemon = new FakeDaemon();
  let server: FakeServer;
  let client: Client;

  before(async () => {
    server = await startFakeServer((router) => {
      daemon.route(router);
      router.service(NamespaceService, {
        listNamespaces: () => ({
          namespaces: [{ name: "default", createdAt: dateToMessage(at), updatedAt: dateToMessage(at) }],
        }),
        createNamespace: ({ namespace }) => ({
          namespace: { name: namespace?.name ?? "", labels: namespace?.labels ?? {} },
        }),
      });
      router.service(SystemService, {
        getInfo: () => ({
          version: { version: "1", pid: 5, startedAt: dateToMessage(at) },
          plugins: [
            { type: "runtime", id: "x", status: PluginStatus.SKIPPED, reason: "no", details: { constructor: "y" } },
          ],
          containers: { running: 2 },
          residentBytes: 2n ** 60n,
        }),
      });
      router.service(Health, { check: () => ({ status: HealthCheckResponse_ServingStatus.NOT_SERVING }) });
    });
    client = createClient({ address: server.address });
  });

  after(async () => {
    await client.close();
    await server[Symbol.asyncDispose]();
  });

  it("name their namespace in every call", async () => {
    await client.images.list();
    await client.in("other").images.list();
    assert.deepEqual([...daemon.namespaces], ["default", "other"]);
    assert.equal(client.in("other").namespace, "other");
  });

  it("list images as values", async () => {
    const [image] = await client.images.list();
    assert.deepEqual(image?.labels, new Map([["a.b/c", "d"]]));
    assert.equal(image?.target.sizeBytes, 100n);
    assert.deepEqual(image?.createdAt, at);
  });

  it("tell about the progress of an unpack, and return the image", async () => {
    const stages: string[] = [];
    const { chainIds } = await client.images.unpack("box", {
      onProgress: ({ doneBytes, stage, totalBytes }) => stages.push(`${stage} ${doneBytes}/${totalBytes}`),
    });
    assert.deepEqual(chainIds, [chainId]);
    assert.deepEqual(stages, ["unpack 1/2"]);
  });

  it("import an archive by way of an ingest that does not stay", async () => {
    const stages: string[] = [];
    const archive = (async function* () {
      yield new Uint8Array(100);
    })();
    const images = await client.images.import(archive, {
      name: "new",
      totalBytes: 100n,
      onProgress: ({ stage }) => stages.push(stage),
    });
    assert.deepEqual(
      images.map(({ name }) => name),
      ["new"],
    );
    assert.deepEqual(stages, ["upload", "import"]);
    assert.equal(daemon.content.ingests.size, 0);
  });

  it("abort the ingest of an import that fails", async () => {
    daemon.brokenArchive = true;
    const archive = (async function* () {
      yield new Uint8Array(100);
    })();
    await assert.rejects(client.images.import(archive), { kind: "invalid-argument", message: /is no archive/ });
    assert.equal(daemon.content.ingests.size, 0);
    assert.equal(daemon.calls.at(-1), "abort");
  });

  it("abort the ingest of an import whose source fails, and reject with the source's error", async () => {
    const archive = (async function* () {
      yield new Uint8Array(3 << 20);
      throw new TypeError("disk on fire");
    })();
    await assert.rejects(client.images.import(archive), /disk on fire/);
    assert.equal(daemon.content.ingests.size, 0);
  });

  it("compare snapshots, one with its parent or with another", async () => {
    const { snapshots } = client;
    await snapshots.prepare("diffed", null);
    assert.deepEqual(await Array.fromAsync(snapshots.diff("diffed")), [
      { path: "/diffed on its parent", kind: "added" },
      { path: "/b", kind: "removed" },
      { path: "/c", kind: "changed" },
    ]);
    for await (const { path } of snapshots.diff("diffed", "other")) {
      assert.equal(path, "/diffed on other");
      break;
    }
    await assert.rejects(Array.fromAsync(snapshots.diff("none")), { kind: "not-found" });
    await snapshots.remove("diffed");
  });

  it("keep the contract of snapshots", async () => {
    const { snapshots } = client;
    const [mount] = await snapshots.prepare("key", null, { labels: new Map([["__proto__", "x"]]) });
    assert.deepEqual(mount, { type: "bind", source: "/fake", target: "", options: ["rbind", "rw"] });
    assert.deepEqual(await snapshots.mounts("key"), [mount]);
    await snapshots.commit("name", "key");
    assert.equal((await snapshots.stat("name")).kind, "committed");
    await assert.rejects(snapshots.stat("key"), { kind: "not-found", subject: { type: "snapshot", id: "key" } });
    assert.deepEqual(await snapshots.usage("name"), { sizeBytes: 2n ** 60n, inodes: 3n });
    await snapshots.prepare("child", "name");
    const names = async (filter: Parameters<typeof snapshots.walk>[0]) =>
      (await Array.fromAsync(snapshots.walk(filter))).map(({ name }) => name);
    assert.deepEqual(await names({ parent: "name" }), ["child"]);
    assert.deepEqual(await names({ parent: null, namePrefix: "na" }), ["name"]);
    assert.deepEqual(await names({ kind: "active" }), ["child"]);
    const updated = await snapshots.update("name", { labels: new Map([["a", "b"]]) }, { fieldPaths: ["labels.a"] });
    assert.deepEqual(updated.labels, new Map([["a", "b"]]));
    assert.equal(daemon.calls.at(-1), "update name labels.a");
  });

  it("list and make namespaces", async () => {
    assert.deepEqual(await client.namespaces.list(), [
      { name: "default", labels: new Map(), createdAt: at, updatedAt: at },
    ]);
    assert.equal((await client.namespaces.create("n", { labels: new Map([["a", "b"]]) })).labels.get("a"), "b");
  });

  it("tell about the daemon", async () => {
    const info = await client.system.info();
    assert.deepEqual(info.containers, { created: 0, running: 2, paused: 0, stopped: 0, unknown: 0 });
    assert.equal(info.defaultRuntime, null);
    assert.equal(info.residentBytes, 2n ** 60n);
    assert.deepEqual([info.plugins[0]?.status, info.plugins[0]?.details.get("constructor")], ["skipped", "y"]);
    assert.equal(await client.health(), false);
  });
});
