import assert from "node:assert/strict";
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Snapshotter } from "@gantry/api";
import type { Content, Descriptor, ImageOperations, ImageProgress } from "@gantry/api/content";
import { nativeSnapshotter, overlaySnapshotter } from "@gantry/snapshotter";
import { listMounts, mountAll, unmountAll } from "@gantry/sys";
import { inPieces } from "../../fixtures/apply-to-tree.ts";
import { bytesOf, digestOf } from "../../fixtures/bytes.ts";
import { type BuiltImage, buildImage, ociLayout, testPlatform } from "../../fixtures/images.ts";
import { rejects } from "../../fixtures/rejects.ts";
import { dir, file, hardlink, symlink, tar } from "../../fixtures/tar.ts";
import { testDirectory } from "../../fixtures/test-directory.ts";
import { chainIdsOf } from "../image/documents.ts";
import { createImageOperations } from "../image-operations.ts";
import { openContentStore } from "../store/content-store.ts";
import { cleanUnpackLeftovers, newUnpackKey } from "./unpack-key.ts";

interface Fixture {
  readonly directory: string;
  readonly content: Content;
  readonly images: ImageOperations;
  readonly snapshotter: Snapshotter;
  /** Imports an image and returns what points to it. */
  add(built: BuiltImage): Promise<Descriptor>;
  /** Shows a committed snapshot. */
  look(name: string, use: (root: string) => void): Promise<void>;
}

const skip = process.platform !== "linux" || process.getuid?.() !== 0 ? "needs root on Linux to mount" : false;

async function withImages(body: (fixture: Fixture) => Promise<void>, registration = overlaySnapshotter): Promise<void> {
  await using directory = await testDirectory();
  const store = await openContentStore(join(directory.path, "content"));
  const context = {
    root: join(directory.path, "snapshots"),
    state: join(directory.path, "state"),
    options: {},
    log: () => {},
  };
  mkdirSync(context.root);
  const opened = await registration.open(context);
  assert.ok("ready" in opened, "skipped" in opened ? opened.skipped : "");
  const snapshotter = opened.ready;
  const content = store.in("a");
  const images = await createImageOperations({ mountDirectory: join(directory.path, "unpack") });
  try {
    await body({
      directory: directory.path,
      content,
      images,
      snapshotter,
      add: async (built) => {
        const archive = inPieces(tar(...ociLayout([{ built, name: null }])), 100_000);
        const [image] = await images.importArchive(content, archive);
        return image?.target ?? assert.fail("no image");
      },
      look: (name, use) => look(snapshotter, join(directory.path, "look"), name, use),
    });
    await assertNothingLeft(snapshotter, directory.path);
  } finally {
    await snapshotter.close();
    await store.close();
    await unmountAll(directory.path);
  }
}

async function look(snapshotter: Snapshotter, path: string, name: string, use: (root: string) => void): Promise<void> {
  const mounts = await snapshotter.view("look", name);
  mkdirSync(path, { recursive: true });
  try {
    await mountAll(mounts, path);
    use(path);
  } finally {
    await unmountAll(path);
    await snapshotter.remove("look");
  }
}

async function assertNothingLeft(snapshotter: Snapshotter, directory: string): Promise<void> {
  assert.deepEqual(await Array.fromAsync(snapshotter.walk({ kind: "active" })), []);
  assert.deepEqual(await listMounts(directory), []);
  assert.deepEqual(readdirSync(join(directory, "unpack"), { withFileTypes: true }), []);
}

async function names(snapshotter: Snapshotter): Promise<readonly string[]> {
  return (await Array.fromAsync(snapshotter.walk())).map(({ name }) => name);
}

const base = [
  dir("etc"),
  file("etc/passwd", "root"),
  file("etc/old", "x"),
  dir("opt"),
  file("opt/a", "a"),
  symlink("lib", "opt"),
];
const change = [
  file("etc/.wh.old"),
  file("etc/passwd", "changed"),
  file("opt/.wh..wh..opq"),
  file("lib/b", "b"),
  hardlink("passwd", "etc/passwd"),
];

for (const registration of [overlaySnapshotter, nativeSnapshotter]) {
  describe(`unpack: on the snapshotter ${registration.id}`, { skip }, () => {
    for (const compression of ["none", "gzip", "zstd"] as const) {
      it(`makes a snapshot of each layer of an image compressed with ${compression}`, () =>
        withImages(async ({ images, content, snapshotter, add, look }) => {
          const built = buildImage({ layers: [base, change], compression });
          const target = await add(built);
          const image = await images.unpack(content, snapshotter, target, { platform: testPlatform });
          assert.deepEqual(image.chainIds, chainIdsOf(built.diffIds));
          const [lower = "", upper = ""] = image.chainIds;
          assert.equal((await snapshotter.stat(upper)).parent, lower);
          assert.equal((await snapshotter.stat(upper)).labels.get("gantry.dev/image.layer"), built.diffIds[1]);
          await look(lower, (root) => assert.equal(readFileSync(join(root, "etc/old"), "utf8"), "x"));
          await look(upper, (root) => {
            assert.deepEqual(readdirSync(join(root, "etc")), ["passwd"]);
            assert.deepEqual(readdirSync(join(root, "opt")), ["b"]);
            assert.equal(readFileSync(join(root, "passwd"), "utf8"), "changed");
            assert.equal(lstatSync(join(root, "passwd")).ino, lstatSync(join(root, "etc/passwd")).ino);
            assert.equal(readlinkSync(join(root, "lib")), "opt");
          });
        }, registration));
    }
  });
}

describe("unpack", { skip }, () => {
  it("leaves what is there as it is", () =>
    withImages(async ({ images, content, snapshotter, add }) => {
      const target = await add(buildImage({ layers: [base, change] }));
      const options = { platform: testPlatform };
      const { chainIds } = await images.unpack(content, snapshotter, target, options);
      const before = await Array.fromAsync(snapshotter.walk());
      // Without its blobs, so that it could not be made again.
      for (const { digest } of (await images.resolve(content, target, testPlatform)).layers)
        await content.delete(digest);
      await images.unpack(content, snapshotter, target, options);
      assert.deepEqual(await Array.fromAsync(snapshotter.walk()), before);
      assert.equal(chainIds.length, 2);
    }));

  it("applies each layer once for many callers", () =>
    withImages(async ({ images, content, snapshotter, add }) => {
      const one = await add(buildImage({ layers: [base, change] }));
      const other = await add(buildImage({ layers: [base, [file("other", bytesOf(300_000))]] }));
      let prepared = 0;
      const counting = whenPreparing(snapshotter, () => {
        prepared += 1;
      });
      const callers = Array.from({ length: 32 }, (_, index) =>
        images.unpack(content, counting, index % 2 === 0 ? one : other, { platform: testPlatform }),
      );
      await Promise.all(callers);
      assert.equal(prepared, 3);
      assert.equal((await names(snapshotter)).length, 3);
    }));

  it("goes on for the others when one caller gives up, and undoes all when the last does", () =>
    withImages(async ({ images, content, snapshotter, add }) => {
      const target = await add(buildImage({ layers: [[file("big", bytesOf(6_000_000))]] }));
      const reason = new TypeError("gave up");
      const leaving = new AbortController();
      const unpack = (through: Snapshotter, signal?: AbortSignal) =>
        images.unpack(content, through, target, { platform: testPlatform, ...(signal && { signal }) });
      // As soon as work has begun, and long before it can be done.
      const watched = whenPreparing(snapshotter, () => leaving.abort(reason));
      const [first, second] = [unpack(watched, leaving.signal), unpack(watched)];
      await assert.rejects(first, reason);
      await second;

      await snapshotter.remove((await names(snapshotter))[0] ?? "");
      const last = new AbortController();
      await assert.rejects(
        unpack(
          whenPreparing(snapshotter, () => last.abort(reason)),
          last.signal,
        ),
        reason,
      );
      assert.deepEqual(await names(snapshotter), []);
    }));

  it("tells how far it is", () =>
    withImages(async ({ images, content, snapshotter, add }) => {
      const built = buildImage({ layers: [[file("big", bytesOf(3_000_000))]], compression: "gzip" });
      const seen: ImageProgress[] = [];
      await images.unpack(content, snapshotter, await add(built), {
        platform: testPlatform,
        onProgress: (progress) => void seen.push(progress),
      });
      assert.equal(seen.at(-1)?.stage, "unpack");
      assert.equal(seen.at(-1)?.digest, digestOf(built.layers[0] ?? ""));
      assert.equal(seen.at(-1)?.doneBytes, seen.at(-1)?.totalBytes);
    }));

  const unsafe = {
    "a name with ..": [file("../escape", "x")],
    "a link out of the tree": [symlink("x", "../../.."), file("x/escape", "x")],
    "a hard link out of the tree": [hardlink("x", "../../etc/passwd")],
  };
  for (const [title, layer] of Object.entries(unsafe)) {
    it(`rejects a layer with ${title} with invalid-argument, keeps the layers below and nothing else`, () =>
      withImages(async ({ images, content, snapshotter, add }) => {
        const built = buildImage({ layers: [base, layer] });
        const target = await add(built);
        const message = new RegExp(`^layer "${digestOf(built.layers[1] ?? "")}": entry ".*leaves the root`);
        await rejects(
          images.unpack(content, snapshotter, target, { platform: testPlatform }),
          "invalid-argument",
          message,
        );
        assert.deepEqual(await names(snapshotter), [built.diffIds[0]]);
      }));
  }

  it("rejects a layer that is not what the config says with invalid-argument", () =>
    withImages(async ({ images, content, snapshotter, add }) => {
      const honest = buildImage({ layers: [base], compression: "gzip" });
      const liar = buildImage({ layers: [change], compression: "gzip" });
      const config = Buffer.from(honest.config);
      const text = JSON.parse(liar.blobs.get(liar.manifest.digest)?.toString() ?? "");
      text.config = { ...text.config, digest: digestOf(config), size: config.length };
      const manifest = Buffer.from(JSON.stringify(text));
      const target = { ...liar.manifest, digest: digestOf(manifest), sizeBytes: BigInt(manifest.length) };
      const blobs = new Map([...honest.blobs, ...liar.blobs, [target.digest, manifest]]);
      await add({ ...liar, blobs, manifest: target });
      const unpacking = images.unpack(content, snapshotter, target, { platform: testPlatform });
      await rejects(unpacking, "invalid-argument", /uncompressed bytes have digest .*, the image says/);
      assert.deepEqual(await names(snapshotter), []);
    }));

  for (const compression of ["none", "gzip"] as const) {
    it(`rejects a blob damaged on the disk with data-loss, compressed with ${compression}`, () =>
      withImages(async ({ directory, images, content, snapshotter, add }) => {
        const built = buildImage({ layers: [[file("a", bytesOf(50_000))]], compression });
        const target = await add(built);
        const path = join(directory, "content/blobs", digestOf(built.layers[0] ?? "").replace(":", "/"));
        chmodSync(path, 0o600);
        const bytes = readFileSync(path);
        bytes.fill(0xaa, 700, 703);
        writeFileSync(path, bytes);
        await rejects(images.unpack(content, snapshotter, target, { platform: testPlatform }), "data-loss", /damaged/);
        assert.deepEqual(await names(snapshotter), []);
      }));
  }

  it("rejects a layer beyond a limit with resource-exhausted", () =>
    withImages(async ({ directory, content, snapshotter, add }) => {
      const built = buildImage({ layers: [[file("zeros", Buffer.alloc(4_000_000))]], compression: "zstd" });
      const target = await add(built);
      const images = await createImageOperations({
        mountDirectory: join(directory, "unpack"),
        layerLimits: { ratioFloorBytes: 1_000_000n, ratio: 20 },
      });
      const unpacking = images.unpack(content, snapshotter, target, { platform: testPlatform });
      await rejects(unpacking, "resource-exhausted", /20 times/);
      assert.deepEqual(await names(snapshotter), []);
    }));

  it("rejects a missing layer with not-found", () =>
    withImages(async ({ images, content, snapshotter, add }) => {
      const built = buildImage({ layers: [base] });
      const target = await add(built);
      await content.delete(digestOf(built.layers[0] ?? ""));
      await rejects(images.unpack(content, snapshotter, target, { platform: testPlatform }), "not-found");
    }));
});

describe("cleanUnpackLeftovers", { skip }, () => {
  it("removes half-applied snapshots and mounts of a process that was killed, and nothing else", () =>
    withImages(async ({ directory, snapshotter }) => {
      const key = `unpack-${crypto.randomUUID()}-${digestOf("x")}`;
      const own = newUnpackKey(digestOf("x"));
      await snapshotter.prepare(own, null);
      const mounts = await snapshotter.prepare(key, null);
      await snapshotter.prepare("container", null);
      mkdirSync(join(directory, "unpack/tree-left"), { recursive: true });
      await mountAll(mounts, join(directory, "unpack/tree-left"));

      await createImageOperations({ mountDirectory: join(directory, "unpack") });
      assert.deepEqual(await cleanUnpackLeftovers(snapshotter), [key]);
      assert.deepEqual(await names(snapshotter), ["container", own]);
      await snapshotter.remove("container");
      await snapshotter.remove(own);
    }));

  it("is done by the first unpack if nobody did it before", () =>
    withImages(async ({ images, content, snapshotter, add }) => {
      await snapshotter.prepare("unpack-left", null);
      const target = await add(buildImage({ layers: [base] }));
      const { chainIds } = await images.unpack(content, snapshotter, target, { platform: testPlatform });
      assert.deepEqual(await names(snapshotter), chainIds);
    }));
});

/** The same snapshotter, which tells when a snapshot is about to be prepared. */
function whenPreparing(snapshotter: Snapshotter, tell: () => void): Snapshotter {
  return new Proxy(snapshotter, {
    get: (object, name) => {
      if (name === "prepare") tell();
      const member: unknown = Reflect.get(object, name);
      return typeof member === "function" ? member.bind(object) : member;
    },
  });
}
