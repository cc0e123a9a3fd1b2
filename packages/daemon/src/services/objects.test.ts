import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { ContainerService } from "@gantry/api/gantry/containers/v1";
import { ContentService } from "@gantry/api/gantry/content/v1";
import { ImageService } from "@gantry/api/gantry/images/v1";
import { NamespaceService } from "@gantry/api/gantry/namespaces/v1";
import { SnapshotKind, SnapshotService } from "@gantry/api/gantry/snapshots/v1";
import { SystemService } from "@gantry/api/gantry/system/v1";
import { contentRegistration } from "@gantry/content";
import { createMemoryDriver, createMemoryStore, createSnapshotter } from "@gantry/snapshotter";
import { FakeRuntime } from "../testing/fake-runtime.ts";
import { digestOf, packImage } from "../testing/oci-archive.ts";
import { containerRequest } from "../testing/requests.ts";
import { TestDaemon } from "../testing/test-daemon.ts";

const fails = (code: Code, message?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ConnectError, String(error));
  assert.equal(Code[error.code], Code[code], error.message);
  if (message !== undefined) assert.match(error.rawMessage, message);
  return true;
};

/** What clients keep in a daemon besides containers, with real content and snapshots that hold no bytes. */
describe("the services of what containers are made from", () => {
  let test: TestDaemon;

  beforeEach(async () => {
    const snapshotter = await createSnapshotter(createMemoryDriver(), createMemoryStore());
    const registrations = {
      runtimes: [new FakeRuntime().registration()],
      snapshotters: [{ id: "memory", open: async () => ({ ready: snapshotter }) }],
      contents: [contentRegistration],
    };
    test = await TestDaemon.start({ registrations });
  });
  afterEach(() => test[Symbol.asyncDispose]());

  const client = <S extends Parameters<typeof createClient>[0]>(service: S, namespace = "default") =>
    createClient(service, test.transport("grpc", { "gantry-namespace": namespace }));

  const upload = async (ref: string, bytes: Uint8Array) => {
    const content = client(ContentService);
    for (let offset = 0; offset < bytes.length; offset += 1 << 20) {
      const data = bytes.subarray(offset, offset + (1 << 20));
      await content.writeContent({ ref, offsetBytes: BigInt(offset), data });
    }
  };

  describe("SnapshotService", () => {
    const names = async (namespace = "default", filter = {}) => {
      const answers = await Array.fromAsync(client(SnapshotService, namespace).listSnapshots(filter));
      return answers.flatMap(({ snapshots }) => snapshots.map(({ name, parent }) => [name, parent]));
    };

    it("takes snapshots through their life, each namespace its own", async () => {
      const mine = client(SnapshotService);
      const theirs = client(SnapshotService, "other");
      const { mounts } = await mine.prepareSnapshot({ key: "k", labels: { a: "b" } });
      assert.equal(mounts.length, 1);
      await theirs.prepareSnapshot({ key: "k" });
      await mine.commitSnapshot({ key: "k", name: "base" });
      await mine.prepareSnapshot({ key: "k", parent: "base" });
      await mine.viewSnapshot({ key: "v", parent: "base" });
      assert.deepEqual(await names(), [
        ["base", ""],
        ["k", "base"],
        ["v", "base"],
      ]);
      assert.deepEqual(await names("default", { parent: "" }), [["base", ""]]);
      assert.deepEqual(await names("default", { namePrefix: "v", kind: SnapshotKind.ACTIVE }), [["v", "base"]]);
      assert.deepEqual(await names("other"), [["k", ""]]);
      const { snapshot } = await mine.statSnapshot({ name: "v" });
      assert.deepEqual([snapshot?.name, snapshot?.parent, snapshot?.readonly], ["v", "base", true]);
      assert.equal((await mine.getUsage({ name: "base" })).inodes, 1n);
    });

    it("names things in errors as the caller does", async () => {
      const mine = client(SnapshotService);
      await assert.rejects(
        mine.statSnapshot({ name: "none" }),
        fails(Code.NotFound, /^snapshot "none": (?!.*default\/)/),
      );
      await mine.prepareSnapshot({ key: "k" });
      await assert.rejects(mine.prepareSnapshot({ key: "x", parent: "k" }), fails(Code.FailedPrecondition, /"k"/));
      const elsewhere = mine.prepareSnapshot({ key: "x", snapshotter: "zfs" });
      await assert.rejects(elsewhere, fails(Code.NotFound, /snapshotter "zfs".*ready: memory/));
    });

    it("keeps what a container runs on from removal and commit, until that is gone", async () => {
      const mine = client(SnapshotService);
      const containers = client(ContainerService);
      await mine.prepareSnapshot({ key: "k" });
      const { container } = containerRequest("c", { snapshotKey: "k", ownsSnapshot: true });
      const made = await containers.createContainer({ ...(container && { container }) });
      assert.equal(made.container?.snapshotter, "memory");
      const used = fails(Code.FailedPrecondition, /root file system of container "c"/);
      await assert.rejects(mine.removeSnapshot({ name: "k" }), used);
      await assert.rejects(mine.commitSnapshot({ key: "k", name: "n" }), used);
      await containers.deleteContainer({ id: "c" });
      assert.deepEqual(await names(), []);
    });

    it("rejects a container on a snapshot that is not there with not-found, and leaves nothing", async () => {
      const { container } = containerRequest("c", { snapshotKey: "none" });
      const making = client(ContainerService).createContainer({ ...(container && { container }) });
      await assert.rejects(making, fails(Code.NotFound, /snapshot "none"/));
      assert.deepEqual((await client(ContainerService).listContainers({})).containers, []);
    });

    it("refuses keys that break their rule", async () => {
      const mine = client(SnapshotService);
      for (const key of ["", "a\0b", "x".repeat(256)]) {
        await assert.rejects(mine.prepareSnapshot({ key }), fails(Code.InvalidArgument, /key/));
      }
      await mine.prepareSnapshot({ key: "../../etc/passwd" });
      assert.deepEqual(await names(), [["../../etc/passwd", ""]]);
    });
  });

  describe("ContentService", () => {
    const bytes = randomBytes((2 << 20) + 5);
    const digest = digestOf(bytes);

    it("keeps what is written in pieces, and shows it only to its namespace", async () => {
      const content = client(ContentService);
      await upload("up", bytes);
      const { info } = await content.commitContent({ ref: "up", digest, labels: { a: "b" } });
      assert.deepEqual([info?.digest, info?.sizeBytes], [digest, BigInt(bytes.length)]);
      const pieces = await Array.fromAsync(content.readContent({ digest }));
      assert.ok(pieces.every(({ data }) => data.length <= 1 << 20));
      assert.deepEqual(Buffer.concat(pieces.map(({ data }) => data)), bytes);
      const part = await Array.fromAsync(content.readContent({ digest, offsetBytes: 3n, lengthBytes: 4n }));
      assert.deepEqual(Buffer.from(part[0]?.data ?? []), bytes.subarray(3, 7));
      await assert.rejects(client(ContentService, "other").statContent({ digest }), fails(Code.NotFound));
      await content.deleteContent({ digest });
      await assert.rejects(content.statContent({ digest }), fails(Code.NotFound));
    });

    it("skips what is there already, and refuses a gap with out-of-range, saying how much there is", async () => {
      const content = client(ContentService);
      const first = await content.writeContent({ ref: "r", data: Buffer.from("hello") });
      assert.equal(first.offsetBytes, 5n);
      const second = await content.writeContent({ ref: "r", offsetBytes: 3n, data: Buffer.from("lo you") });
      assert.equal(second.offsetBytes, 9n);
      assert.equal((await content.writeContent({ ref: "r", data: Buffer.from("hel") })).offsetBytes, 9n);
      await assert.rejects(content.writeContent({ ref: "r", offsetBytes: 10n }), fails(Code.OutOfRange, /has 9 bytes/));
      assert.equal((await content.getIngest({ ref: "r" })).ingest?.offsetBytes, 9n);
      await content.commitContent({ ref: "r", digest: digestOf(Buffer.from("hello you")) });
      assert.deepEqual((await content.listIngests({})).ingests, []);
    });

    it("leaves an ingest as it was whose digest is not as demanded", async () => {
      const content = client(ContentService);
      await content.writeContent({ ref: "r", data: Buffer.from("hello") });
      await assert.rejects(content.commitContent({ ref: "r", digest }), fails(Code.FailedPrecondition));
      assert.equal((await content.writeContent({ ref: "r", offsetBytes: 5n, data: Buffer.from("!") })).offsetBytes, 6n);
      await content.abortIngest({ ref: "r" });
      await assert.rejects(content.getIngest({ ref: "r" }), fails(Code.NotFound));
      await assert.rejects(content.commitContent({ ref: "r" }), fails(Code.NotFound));
    });

    for (const wrong of ["", "sha256:abc", `md5:${"a".repeat(32)}`, `sha256:${"A".repeat(64)}`, "../../x"]) {
      it(`refuses the digest ${JSON.stringify(wrong.slice(0, 20))} with invalid-argument`, async () => {
        await assert.rejects(
          client(ContentService).statContent({ digest: wrong }),
          fails(Code.InvalidArgument, /digest/),
        );
      });
    }
  });

  describe("ImageService", () => {
    const archive = (name: string, text = "x") => packImage({ name, files: { "bin/x": Buffer.from(text) } });

    const importImage = async (name: string, options = {}, text?: string) => {
      await upload("archive", await archive(name, text));
      const answers = await Array.fromAsync(client(ImageService).importImage({ ref: "archive", ...options }));
      const { response } = answers.at(-1) ?? {};
      return response?.case === "result" ? response.value.images.map((image) => image.name) : [];
    };

    const digests = async () => {
      const answers = await Array.fromAsync(client(ContentService).listContent({}));
      return answers.flatMap(({ infos }) => infos.map((info) => info.digest));
    };

    it("brings in an archive, ends its ingest, and resolves the image", async () => {
      assert.deepEqual(await importImage("one"), ["one"]);
      assert.deepEqual((await client(ContentService).listIngests({})).ingests, []);
      const { image } = await client(ImageService).resolveImage({ name: "one" });
      assert.equal(image?.layers.length, 1);
      assert.deepEqual(JSON.parse(image.configJson).config.Cmd, ["sh"]);
      assert.equal((await client(ImageService).listImages({})).images.length, 1);
    });

    it("takes away with an image what no other needs", async () => {
      await importImage("one");
      await importImage("same", { name: "other" });
      await importImage("two", {}, "y");
      assert.equal((await digests()).length, 6);
      assert.deepEqual((await client(ImageService).deleteImage({ name: "other" })).removedContent, []);
      assert.equal((await client(ImageService).deleteImage({ name: "one" })).removedContent.length, 3);
      await client(ImageService).deleteImage({ name: "two" });
      assert.deepEqual(await digests(), []);
    });

    it("moves a name, and lets go of what it pointed at, unless it shall stay", async () => {
      await importImage("one");
      await assert.rejects(importImage("one", { keepExisting: true }, "y"), fails(Code.AlreadyExists, /image "one"/));
      assert.equal((await digests()).length, 3);
      await client(ContentService).abortIngest({ ref: "archive" });
      const before = await digests();
      await importImage("one", {}, "y");
      const after = await digests();
      assert.deepEqual([after.length, after.some((digest) => before.includes(digest))], [3, false]);
    });

    it("leaves nothing of an archive that cannot be brought in, but the ingest", async () => {
      await upload("archive", randomBytes(5000));
      const importing = () => Array.fromAsync(client(ImageService).importImage({ ref: "archive" }));
      await assert.rejects(importing(), fails(Code.InvalidArgument));
      assert.equal((await client(ContentService).listIngests({})).ingests.length, 1);
      assert.deepEqual(await digests(), []);
      await client(ContentService).abortIngest({ ref: "archive" });
      await assert.rejects(importing(), fails(Code.NotFound, /ingest "archive"/));
    });

    it("refuses a name that points at nothing, or is none", async () => {
      const target = { mediaType: "x", digest: digestOf(Buffer.from("none")), sizeBytes: 1n };
      const images = client(ImageService);
      await assert.rejects(
        images.createImage({ image: { name: "a", target } }),
        fails(Code.NotFound, /content sha256/),
      );
      await assert.rejects(images.createImage({ image: { name: "a b", target } }), fails(Code.InvalidArgument, /name/));
      await assert.rejects(images.createImage({ image: { name: "a" } }), fails(Code.InvalidArgument, /target/));
      await assert.rejects(images.getImage({ name: "a" }), fails(Code.NotFound));
    });

    it("says that it has no registry client", async () => {
      const pulling = Array.fromAsync(client(ImageService).pullImage({ name: "docker.io/library/busybox" }));
      await assert.rejects(pulling, fails(Code.Unimplemented, /import an archive instead/));
    });
  });

  describe("NamespaceService", () => {
    it("makes a namespace by name, or with the first thing in it", async () => {
      const namespaces = client(NamespaceService);
      await namespaces.createNamespace({ namespace: { name: "made", labels: { a: "b" } } });
      await client(SnapshotService, "grown").prepareSnapshot({ key: "k" });
      await assert.rejects(namespaces.createNamespace({ namespace: { name: "made" } }), fails(Code.AlreadyExists));
      const listed = (await namespaces.listNamespaces({})).namespaces.map(({ name }) => name);
      assert.deepEqual(listed, ["default", "grown", "made"]);
      const labels = { a: "c", d: "e" };
      await namespaces.updateNamespace({ namespace: { name: "made", labels }, updateMask: { paths: ["labels.d"] } });
      assert.deepEqual({ ...(await namespaces.getNamespace({ name: "made" })).namespace?.labels }, { a: "b", d: "e" });
    });

    it("makes none by a call that only reads or fails", async () => {
      await client(ContainerService, "ghost").listContainers({});
      await assert.rejects(
        client(ContainerService, "ghost").createContainer(containerRequest("c", { runtime: "none" })),
      );
      assert.equal((await client(NamespaceService).listNamespaces({})).namespaces.length, 1);
    });

    it("removes a namespace only when nothing is in it, and says what is", async () => {
      const namespaces = client(NamespaceService);
      await client(SnapshotService, "n").prepareSnapshot({ key: "k" });
      await client(ContainerService, "n").createContainer(containerRequest("c"));
      const full = fails(Code.FailedPrecondition, /has containers, snapshots/);
      await assert.rejects(namespaces.deleteNamespace({ name: "n" }), full);
      await client(ContainerService, "n").deleteContainer({ id: "c" });
      await client(SnapshotService, "n").removeSnapshot({ name: "k" });
      await namespaces.deleteNamespace({ name: "n" });
      await assert.rejects(namespaces.getNamespace({ name: "n" }), fails(Code.NotFound));
      await assert.rejects(namespaces.deleteNamespace({ name: "default" }), fails(Code.FailedPrecondition));
      await client(SnapshotService, "n").prepareSnapshot({ key: "k" });
      assert.equal((await namespaces.getNamespace({ name: "n" })).namespace?.name, "n");
    });
  });

  it("tells what it consists of", async () => {
    await client(ContainerService).createContainer(containerRequest("c"));
    const info = await client(SystemService).getInfo({});
    assert.deepEqual([info.defaultRuntime, info.defaultSnapshotter, info.containers?.created], ["fake", "memory", 1]);
    assert.deepEqual(
      info.plugins.map(({ type, id }) => `${type} ${id}`),
      ["runtime fake", "snapshotter memory", "content local"],
    );
    assert.ok(info.residentBytes > 0n);
  });
});
