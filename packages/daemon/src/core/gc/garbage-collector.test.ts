import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { isOperationError, OperationError } from "@gantry/api";
import { digestOf } from "../../testing/oci-archive.ts";
import { TestCore } from "../../testing/test-core.ts";

const namespace = "default";

describe("GarbageCollector", () => {
  let test: TestCore;

  beforeEach(async () => {
    test = await TestCore.open();
    await test.lease("l");
  });
  afterEach(() => test[Symbol.asyncDispose]());

  const explain = async (type: string, id: string) =>
    (await test.core.collector.explain(namespace, { type, id })).map(({ object, why }) => [
      `${object.type} ${object.id}`,
      why,
    ]);
  const image = (name: string, digest: string) => {
    const target = { mediaType: "text/plain", digest, sizeBytes: 1n };
    return test.core.images.create({ namespace, name }, target, new Map());
  };

  it("removes what was made under a lease when that has ended, and nothing that was made by hand", async () => {
    const [mine, leased] = [await test.blob("mine"), await test.blob("leased", "l")];
    await test.layer("by hand", null);
    await test.layer("leased", null, "l");
    assert.deepEqual(await test.collect(), []);
    test.endLease("l");
    assert.deepEqual((await test.collect()).toSorted(), [`content ${leased}`, "snapshot/memory leased"]);
    assert.deepEqual(await test.there(), [`content ${mine}`, "snapshot/memory by hand"]);
    assert.deepEqual(await test.collect(), []);
  });

  it("says with a dry run what it would remove, and removes nothing", async () => {
    const digest = await test.blob("x", "l");
    test.endLease("l");
    const { removed, keptCount } = await test.core.collector.collect(namespace, { dryRun: true });
    assert.deepEqual([removed, keptCount], [[{ type: "content", id: digest }], 0]);
    assert.deepEqual(await test.there(), [`content ${digest}`]);
  });

  it("keeps the parents of a snapshot that is kept, and takes a chain from the top down", async () => {
    await test.layer("base", null, "l");
    await test.layer("top", "base", "l");
    await test.layer("mine", "top");
    test.endLease("l");
    assert.deepEqual(await test.collect(), []);
    await test.core.snapshots.remove({ namespace, snapshotter: "", name: "mine" });
    assert.deepEqual(await test.collect(), ["snapshot/memory top", "snapshot/memory base"]);
  });

  it("keeps what a container runs on, and says how", async () => {
    await test.layer("base", null, "l");
    await test.core.snapshots.prepare({ namespace, snapshotter: "", name: "k" }, "base", { under: { lease: "l" } });
    await test.container("c", "k");
    test.endLease("l");
    assert.deepEqual(await test.collect(), []);
    assert.deepEqual(await explain("snapshot", "base"), [
      ["container c", "a container"],
      ["snapshot/memory k", "the root file system of the container"],
      ["snapshot/memory base", "its parent"],
    ]);
    await test.core.containers.delete({ namespace, id: "c" }, { force: true });
    assert.deepEqual(await test.collect(), ["snapshot/memory k", "snapshot/memory base"]);
  });

  it("follows the labels of content, images and containers, in both directions", async () => {
    const leaf = await test.blob("leaf", "l");
    await test.layer("layer", null, "l");
    const labels = new Map([
      ["containerd.io/gc.ref.content.0", leaf],
      ["gantry.dev/gc.ref.snapshot.memory", "layer"],
    ]);
    const root = await test.blob("root", "l", labels);
    const back = await test.blob("back", "l", new Map([["gantry.dev/gc.bref.image", "i"]]));
    await image("i", root);
    test.endLease("l");
    assert.deepEqual(await test.collect(), []);
    assert.deepEqual((await explain("content", leaf)).at(-1), [
      `content ${leaf}`,
      "label containerd.io/gc.ref.content.0",
    ]);
    assert.deepEqual(await explain("content", back), [
      ["image i", "an image"],
      [`content ${back}`, "label gantry.dev/gc.bref.image"],
    ]);
    await test.core.images.delete({ namespace, name: "i" });
    assert.deepEqual((await test.collect()).length, 3);
    assert.deepEqual(await test.there(), []);
  });

  it("keeps what has the label of a root, as long as it has it", async () => {
    const digest = await test.blob("x", "l", new Map([["gantry.dev/gc.root", "yes"]]));
    test.endLease("l");
    assert.deepEqual(await test.collect(), []);
    assert.deepEqual(await explain("content", digest), [[`content ${digest}`, "label gantry.dev/gc.root"]]);
    await test.core.contents.setLabels(namespace, digest, new Map());
    assert.deepEqual(await test.collect(), [`content ${digest}`]);
  });

  it("says that nothing keeps an object, rejects one that is not there, and types that there are none of", async () => {
    const digest = await test.blob("x", "l");
    test.endLease("l");
    assert.deepEqual(await explain("content", digest), []);
    await assert.rejects(explain("content", digestOf(Buffer.from("none"))), { kind: "not-found" });
    await assert.rejects(explain("lease", "l"), { kind: "not-found" });
    await assert.rejects(explain("volume", "v"), { kind: "invalid-argument" });
  });

  it("collects an ingest that a lease kept, unless somebody writes to it", async () => {
    const piece = { namespace, ref: "up", offsetBytes: 0n, data: Buffer.from("x"), under: { lease: "l" } };
    await test.core.contents.write(piece, new AbortController().signal);
    test.endLease("l");
    const { removed, busy } = await test.core.collector.collect(namespace);
    assert.deepEqual([removed, busy], [[], [{ type: "ingest", id: "up" }]]);
    await test.core.contents.close();
    assert.deepEqual(await test.collect(), ["ingest up"]);
    assert.deepEqual(await test.core.contents.in(namespace).ingests(), []);
  });

  it("lets a blob stay that somebody made by hand where a leased one was", async () => {
    const digest = await test.blob("x", "l");
    await assert.rejects(test.blob("x"), { kind: "already-exists" });
    test.endLease("l");
    assert.deepEqual(await test.collect(), []);
    assert.deepEqual(await explain("content", digest), [[`content ${digest}`, "made without a lease"]]);
  });

  it("lets a blob stay that was there before somebody made it under a lease", async () => {
    const digest = await test.blob("x");
    await assert.rejects(test.blob("x", "l"), { kind: "already-exists" });
    assert.deepEqual(test.core.leases.resources({ namespace, id: "l" }), [{ type: "content", id: digest }]);
    test.endLease("l");
    assert.deepEqual(await test.collect(), []);
  });

  it("spares what a call comes to rely on while others are being removed", async () => {
    await test.lease("later");
    for (const name of ["one", "other"]) await test.layer(name, null, "l");
    test.endLease("l");
    const adding: { readonly id: string; readonly done: Promise<void> }[] = [];
    test.core.events.onAppend(({ topic, subject }) => {
      if (topic !== "snapshot.removed" || adding.length > 0) return;
      const id = subject === "one" ? "other" : "one";
      const done = test.core.leases.addResource({ namespace, id: "later" }, { type: "snapshot", id });
      adding.push({ id, done });
    });
    const removed = await test.collect();
    const [added] = adding;
    await added?.done;
    assert.equal(removed.length, 1);
    assert.deepEqual(await test.there(), [`snapshot/memory ${added?.id}`]);
  });

  it("makes nothing under a lease that is not there", async () => {
    await assert.rejects(test.blob("x", "none"), { kind: "not-found", subject: { type: "lease", id: "none" } });
    await assert.rejects(test.layer("x", null, "none"), { kind: "not-found" });
    assert.deepEqual(await test.there(), []);
  });

  it("removes nothing where it cannot be known what is needed", async () => {
    const digest = await test.blob("x", "l");
    await image("i", await test.blob("{}"));
    test.endLease("l");
    const damaged = new OperationError("data-loss", { type: "content", id: "x" }, "is damaged");
    const { images } = test.core.contents.subsystem();
    const { references } = images;
    Object.assign(images, { references: () => Promise.reject(damaged) });
    await assert.rejects(test.collect(), (error) => isOperationError(error, "data-loss"));
    Object.assign(images, { references });
    assert.deepEqual(await test.collect(), [`content ${digest}`]);
  });
});
