import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { GcService } from "@gantry/api/gantry/gc/v1";
import { LeaseService } from "@gantry/api/gantry/leases/v1";
import { SnapshotService } from "@gantry/api/gantry/snapshots/v1";
import { dateToMessage } from "@gantry/api/wire";
import { type Client, createClient } from "./index.ts";
import { chainId, FakeDaemon } from "./testing/fake-daemon.ts";
import { type FakeServer, startFakeServer } from "./testing/fake-server.ts";

const at = new Date(1_700_000_000_000);

describe("leases and garbage collection", () => {
  const calls: string[] = [];
  let server: FakeServer;
  let client: Client;

  before(async () => {
    server = await startFakeServer((router) => {
      router.service(LeaseService, {
        createLease: ({ lease, lifetimeSeconds }) => {
          calls.push(`create ${lease?.id} ${Object.keys(lease?.labels ?? {})} for ${lifetimeSeconds}`);
          return { lease: { id: lease?.id ?? "", createdAt: dateToMessage(at) } };
        },
        deleteLease: ({ id, sync }) => {
          calls.push(`delete ${id} ${sync}`);
          return {};
        },
        listLeases: () => ({ leases: [{ id: "l", createdAt: dateToMessage(at), expiresAt: dateToMessage(at) }] }),
        addResource: ({ id, resource }) => {
          calls.push(`add ${resource?.type} ${resource?.id} to ${id}`);
          return {};
        },
        removeResource: ({ id, resource }) => {
          calls.push(`remove ${resource?.type} ${resource?.id} from ${id}`);
          return {};
        },
        listResources: () => ({ resources: [{ type: "content", id: "d" }] }),
      });
      router.service(GcService, {
        collectGarbage: ({ dryRun }) => ({
          removed: [{ type: "content", id: `${dryRun}` }],
          removedCount: 1,
          keptCount: 2,
        }),
        explainObject: ({ object }) => ({ kept: true, path: [{ object: object ?? {}, reason: "an image" }] }),
      });
      router.service(SnapshotService, {
        removeSnapshot: (_request, { requestHeader }) => {
          calls.push(`${requestHeader.get("gantry-namespace")} under ${requestHeader.get("gantry-lease")}`);
          return {};
        },
      });
    });
    client = createClient({ address: server.address });
  });
  after(async () => {
    await client.close();
    await server[Symbol.asyncDispose]();
  });

  it("make, list and end leases", async () => {
    calls.length = 0;
    const made = await client.leases.create("l", { labels: new Map([["a", "b"]]), lifetimeSeconds: 5 });
    assert.deepEqual(made, { id: "l", labels: new Map(), createdAt: at, expiresAt: null });
    assert.deepEqual((await client.leases.list())[0]?.expiresAt, at);
    await client.leases.add("l", { type: "image", id: "i" });
    await client.leases.remove("l", { type: "image", id: "i" });
    assert.deepEqual(await client.leases.resources("l"), [{ type: "content", id: "d" }]);
    await client.leases.delete("l", { sync: true });
    const expected = ["create l a for 5", "add image i to l", "remove image i from l", "delete l true"];
    assert.deepEqual(calls, expected);
  });

  it("collect, and explain", async () => {
    const { removed, busy, keptCount } = await client.gc.collect({ dryRun: true });
    assert.deepEqual([removed, busy, keptCount], [[{ type: "content", id: "true" }], [], 2]);
    const object = { type: "image", id: "i" };
    assert.deepEqual(await client.gc.explain(object), [{ object, reason: "an image" }]);
  });

  it("name the lease in every call of a client that has one, and not in those of others", async () => {
    calls.length = 0;
    const leased = client.in("n").withLease("l");
    for (const one of [leased, client, leased.in("m")]) await one.snapshots.remove("x");
    assert.deepEqual(calls, ["n under l", "default under null", "m under null"]);
  });
});

describe("run under a lease of its own", () => {
  it("makes it before the snapshot, and ends it when there is a container", async () => {
    const daemon = new FakeDaemon();
    daemon.snapshots.add(chainId, "committed");
    await using server = await startFakeServer((router) => {
      daemon.route(router);
      router.service(LeaseService, {
        createLease: ({ lease }) => {
          daemon.calls.push(`lease ${lease?.id.slice(0, 4)}`);
          return { lease: { id: lease?.id ?? "", createdAt: dateToMessage(at) } };
        },
        deleteLease: ({ id }) => {
          daemon.calls.push(`end ${id.slice(0, 4)}`);
          return {};
        },
      });
    });
    await using client = createClient({ address: server.address });
    await client.run({ image: "box", id: "c1" });
    const order = ["lease run-", `prepare c1 on ${chainId}`, "create c1 on c1 with log", "end run-"];
    assert.deepEqual(
      daemon.calls.filter((call) => order.includes(call)),
      order,
    );
    daemon.calls.length = 0;
    await assert.rejects(client.run({ image: "none", id: "c2" }));
    assert.equal(daemon.calls.at(-1), "end run-");
  });
});
