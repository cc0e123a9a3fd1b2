import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { ContentService } from "@gantry/api/gantry/content/v1";
import { GcService } from "@gantry/api/gantry/gc/v1";
import { LeaseService } from "@gantry/api/gantry/leases/v1";
import { NamespaceService } from "@gantry/api/gantry/namespaces/v1";
import { dateToMessage } from "@gantry/api/wire";
import { contentRegistration } from "@gantry/content";
import { digestOf } from "../testing/oci-archive.ts";
import { neverCollect } from "../testing/test-core.ts";
import { noPlugins, TestDaemon } from "../testing/test-daemon.ts";

const fails = (code: Code) => (error: unknown) => error instanceof ConnectError && error.code === code;

describe("LeaseService and GcService", () => {
  let test: TestDaemon;

  beforeEach(async () => {
    const registrations = { ...noPlugins, contents: [contentRegistration] };
    test = await TestDaemon.start({ registrations, gcSchedule: neverCollect });
  });
  afterEach(() => test[Symbol.asyncDispose]());

  const client = <S extends Parameters<typeof createClient>[0]>(service: S, headers = {}) =>
    createClient(service, test.transport("grpc", headers));

  const upload = async (text: string, headers = {}) => {
    const content = client(ContentService, headers);
    const data = new TextEncoder().encode(text);
    await content.writeContent({ ref: text, offsetBytes: 0n, data });
    return (await content.commitContent({ ref: text })).info?.digest ?? "";
  };

  for (const header of ["gantry-lease", "containerd-lease"]) {
    it(`adds what is made with the header ${header} to the lease, and collects it with its end`, async () => {
      const leases = client(LeaseService);
      await leases.createLease({ lease: { id: "l" } });
      const digest = await upload("leased", { [header]: "l" });
      const byHand = await upload("by hand");
      const { resources } = await leases.listResources({ id: "l" });
      assert.deepEqual(
        resources.map(({ type, id }) => [type, id]),
        [["content", digest]],
      );
      await leases.deleteLease({ id: "l", sync: true });
      const answers = await Array.fromAsync(client(ContentService).listContent({}));
      assert.deepEqual(
        answers.flatMap(({ infos }) => infos.map((info) => info.digest)),
        [byHand],
      );
    });
  }

  it("keeps leases of each namespace apart, and a namespace that has one", async () => {
    const theirs = client(LeaseService, { "gantry-namespace": "n" });
    await theirs.createLease({ lease: { id: "l" } });
    assert.deepEqual((await client(LeaseService).listLeases({})).leases, []);
    await assert.rejects(client(NamespaceService).deleteNamespace({ name: "n" }), fails(Code.FailedPrecondition));
    await theirs.deleteLease({ id: "l" });
    await client(NamespaceService).deleteNamespace({ name: "n" });
  });

  it("takes an end as a time, a lifetime or a label", async () => {
    const leases = client(LeaseService);
    const at = new Date(Date.now() + 7_200_000);
    await leases.createLease({ lease: { id: "a", expiresAt: dateToMessage(at) } });
    await leases.createLease({ lease: { id: "b", labels: { "containerd.io/gc.expire": at.toISOString() } } });
    const { lease } = await leases.createLease({ lease: { id: "c" }, lifetimeSeconds: 60 });
    const [a, b] = (await leases.listLeases({})).leases;
    assert.deepEqual([a?.expiresAt, b?.expiresAt], [dateToMessage(at), dateToMessage(at)]);
    assert.equal((lease?.expiresAt?.seconds ?? 0n) - (lease?.createdAt?.seconds ?? 0n), 60n);
    const wrong = leases.createLease({ lease: { id: "d", labels: { "gantry.dev/gc.expire": "soon" } } });
    await assert.rejects(wrong, fails(Code.InvalidArgument));
  });

  it("ends no lease sooner than some minutes after a start, whatever the clock says", async () => {
    await client(LeaseService).createLease({ lease: { id: "l" }, lifetimeSeconds: 1 });
    await test.daemon.close();
    const registrations = { ...noPlugins, contents: [contentRegistration] };
    const again = await TestDaemon.start({ registrations, gcSchedule: neverCollect }, test.directory);
    const { leases } = await createClient(LeaseService, again.transport()).listLeases({});
    assert.ok(Number(leases[0]?.expiresAt?.seconds) * 1000 > Date.now() + 240_000);
    await again[Symbol.asyncDispose]();
  });

  it("refuses what is not there, is there already or has no such type", async () => {
    const leases = client(LeaseService);
    await leases.createLease({ lease: { id: "l" } });
    await assert.rejects(leases.createLease({ lease: { id: "l" } }), fails(Code.AlreadyExists));
    await assert.rejects(leases.createLease({ lease: { id: "a b" } }), fails(Code.InvalidArgument));
    await assert.rejects(leases.deleteLease({ id: "none" }), fails(Code.NotFound));
    await assert.rejects(leases.listResources({ id: "none" }), fails(Code.NotFound));
    const resource = { type: "content", id: digestOf(Buffer.from("none")) };
    await assert.rejects(leases.addResource({ id: "l", resource }), fails(Code.NotFound));
    await assert.rejects(leases.removeResource({ id: "l", resource }), fails(Code.NotFound));
    const volume = { type: "volume", id: "v" };
    await assert.rejects(leases.addResource({ id: "l", resource: volume }), fails(Code.InvalidArgument));
    await assert.rejects(upload("x", { "gantry-lease": "none" }), fails(Code.NotFound));
    await assert.rejects(upload("y", { "gantry-lease": "no id" }), fails(Code.InvalidArgument));
  });

  it("says what keeps an object, and what would go", async () => {
    await client(LeaseService).createLease({ lease: { id: "l" } });
    const digest = await upload("x", { "gantry-lease": "l" });
    const gc = client(GcService);
    const object = { type: "content", id: digest };
    const { kept, path } = await gc.explainObject({ object });
    assert.equal(kept, true);
    assert.deepEqual(
      path.map((step) => [step.object?.type, step.reason]),
      [
        ["lease", "a lease"],
        ["content", "in the lease"],
      ],
    );
    await client(LeaseService).deleteLease({ id: "l" });
    assert.deepEqual((await gc.explainObject({ object })).path, []);
    assert.equal((await gc.collectGarbage({ dryRun: true })).removedCount, 1);
    assert.equal((await gc.collectGarbage({})).removed[0]?.id, digest);
    assert.equal((await gc.collectGarbage({})).removedCount, 0);
    await assert.rejects(gc.explainObject({ object }), fails(Code.NotFound));
  });
});
