import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Content, ImageProgress } from "@gantry/api/content";
import { inPieces } from "../../fixtures/apply-to-tree.ts";
import { allBytes, bytesOf, digestOf } from "../../fixtures/bytes.ts";
import {
  blobFiles,
  buildImage,
  compress,
  descriptor,
  descriptorJson,
  dockerArchive,
  json,
  ociLayout,
  testPlatform,
} from "../../fixtures/images.ts";
import { rejects } from "../../fixtures/rejects.ts";
import { dir, file, symlink, type TestEntry, tar } from "../../fixtures/tar.ts";
import { testDirectory } from "../../fixtures/test-directory.ts";
import { resolveImage } from "../image/resolve.ts";
import { openContentStore } from "../store/content-store.ts";
import { type ArchiveLimits, defaultArchiveLimits } from "./archive-limits.ts";
import { ArchiveImporter } from "./import-archive.ts";

interface Fixture {
  readonly content: Content;
  readonly root: string;
  import(
    archive: Buffer | readonly TestEntry[],
    limits?: Partial<ArchiveLimits>,
  ): ReturnType<ArchiveImporter["import"]>;
  /** Digests of all blobs that are visible. */
  blobs(): Promise<readonly string[]>;
}

async function withContent(body: (fixture: Fixture) => Promise<void>): Promise<void> {
  await using directory = await testDirectory();
  const store = await openContentStore(directory.path);
  try {
    const content = store.in("a");
    await body({
      content,
      root: directory.path,
      import: (archive, limits = {}) => {
        const bytes = Buffer.isBuffer(archive) ? archive : tar(...archive);
        return new ArchiveImporter({ ...defaultArchiveLimits, ...limits }).import(content, inPieces(bytes));
      },
      blobs: async () => (await Array.fromAsync(content.walk())).map(({ digest }) => digest),
    });
    // Whatever happened, no ingest and no byte of one is left.
    assert.deepEqual(await content.ingests(), []);
    assert.deepEqual(await readdir(join(directory.path, "ingest")), []);
  } finally {
    await store.close();
  }
}

const small = buildImage({ layers: [[file("a", "1")], [file("b", "2")]] });
const big = buildImage({ layers: [[file("big", bytesOf(400_000))], [file("a", "1")]], compression: "gzip" });

describe("importArchive: OCI image layout", () => {
  for (const compression of ["none", "gzip", "zstd"] as const) {
    it(`imports several images from an archive compressed with ${compression}`, () =>
      withContent(async ({ content, blobs, ...fixture }) => {
        const entries = ociLayout([
          { built: small, name: "small:1" },
          { built: big, name: null },
        ]);
        const images = await fixture.import(compress(tar(...entries), compression));
        assert.deepEqual(images, [
          { name: "small:1", target: small.manifest },
          { name: null, target: big.manifest },
        ]);
        assert.deepEqual(await blobs(), [...new Set([...small.blobs.keys(), ...big.blobs.keys()])].toSorted());
        for (const [digest, bytes] of big.blobs) assert.deepEqual(await allBytes(content.read(digest)), bytes);
      }));
  }

  it("reads blobs that come before and after the index, and names with a dot in front", () =>
    withContent(async (fixture) => {
      const entries = ociLayout([{ built: big, name: "x" }]);
      for (const order of [entries, entries.toReversed()]) {
        const dotted = order.map((entry) => ({ ...entry, name: `./${String(entry.name)}` }));
        assert.equal((await fixture.import([dir("./"), dir("./blobs/"), ...dotted])).length, 1);
      }
    }));

  it("imports the same archive again and many times at once", () =>
    withContent(async (fixture) => {
      const entries = ociLayout([{ built: big, name: "x" }]);
      await Promise.all(Array.from({ length: 8 }, () => fixture.import(entries)));
      await fixture.import(entries);
    }));

  it("takes the name that containerd writes before the shorter one", () =>
    withContent(async (fixture) => {
      const [layout, , ...rest] = ociLayout([{ built: small, name: "x" }]);
      const annotations = {
        "org.opencontainers.image.ref.name": "1.0",
        "io.containerd.image.name": "example.org/app:1.0",
      };
      const index = json({ schemaVersion: 2, manifests: [{ ...descriptorJson(small.manifest), annotations }] });
      const [image] = await fixture.import([layout ?? file(""), file("index.json", index), ...rest]);
      assert.equal(image?.name, "example.org/app:1.0");
    }));

  it("imports an index of which the archive has one platform", () =>
    withContent(async ({ content, ...fixture }) => {
      const absent = buildImage({ layers: [[file("c", "3")]], platform: { os: "linux", architecture: "s390x" } });
      const list = json({
        schemaVersion: 2,
        mediaType: "application/vnd.oci.image.index.v1+json",
        manifests: [
          descriptorJson({ ...absent.manifest, platform: { os: "linux", architecture: "s390x" } }),
          descriptorJson({ ...small.manifest, platform: testPlatform }),
        ],
      });
      const target = descriptor(list, "application/vnd.oci.image.index.v1+json");
      const index = json({ schemaVersion: 2, manifests: [descriptorJson(target)] });
      const images = await fixture.import([
        file("oci-layout", json({ imageLayoutVersion: "1.0.0" })),
        file("index.json", index),
        ...blobFiles(small.blobs, new Map([[target.digest, list]])),
      ]);
      assert.deepEqual(images, [{ name: null, target }]);
      assert.equal((await resolveImage(content, target, testPlatform)).manifest.digest, small.manifest.digest);
    }));

  it("tells how far each blob is", () =>
    withContent(async ({ content }) => {
      const seen: ImageProgress[] = [];
      const archive = inPieces(tar(...ociLayout([{ built: big, name: "x" }])));
      await new ArchiveImporter(defaultArchiveLimits).import(content, archive, {
        onProgress: (progress) => void seen.push(progress),
      });
      const layer = digestOf(big.layers[0] ?? "");
      const last = seen.findLast(({ digest }) => digest === layer);
      assert.equal(last?.stage, "import");
      assert.equal(last?.doneBytes, last?.totalBytes);
    }));
});

describe("importArchive: docker archive", () => {
  it("imports several images with several names", () =>
    withContent(async ({ content, ...fixture }) => {
      const large = buildImage({ layers: [[file("big", bytesOf(300_000))], [file("a", "1")]] });
      const images = await fixture.import(
        dockerArchive([
          { built: large, tags: ["app:1", "app:latest"] },
          { built: small, tags: [] },
        ]),
      );
      assert.deepEqual(
        images.map(({ name }) => name),
        ["app:1", "app:latest", null],
      );
      const [first] = images;
      assert.ok(first);
      const resolved = await resolveImage(content, first.target, testPlatform);
      assert.deepEqual(resolved.diffIds, large.diffIds);
      assert.equal(resolved.configJson, large.config.toString());
    }));

  it("gives an image the same manifest every time, and follows links between layers", () =>
    withContent(async (fixture) => {
      const twice = buildImage({ layers: [[file("a", "1")], [file("a", "1")]] });
      const hex = digestOf(twice.config).slice(7);
      const archive = [
        file("one/layer.tar", twice.layers[0] ?? ""),
        symlink("two/layer.tar", "../one/layer.tar"),
        file(`${hex}.json`, twice.config),
        file(
          "manifest.json",
          json([{ Config: `${hex}.json`, RepoTags: null, Layers: ["one/layer.tar", "two/layer.tar"] }]),
        ),
      ];
      const [first] = await fixture.import(archive);
      const [second] = await fixture.import(archive.toReversed());
      assert.deepEqual(first, second);
    }));

  it("keeps compressed layers compressed", () =>
    withContent(async ({ content, ...fixture }) => {
      const [image] = await fixture.import(dockerArchive([{ built: big, tags: ["x"] }]));
      assert.ok(image);
      const { layers } = await resolveImage(content, image.target, testPlatform);
      assert.match(layers[0]?.mediaType ?? "", /\+gzip$/);
    }));
});

describe("importArchive: what it refuses", () => {
  const layout = file("oci-layout", json({ imageLayoutVersion: "1.0.0" }));
  const indexOf = (...manifests: unknown[]) => file("index.json", json({ schemaVersion: 2, manifests }));
  const good = ociLayout([{ built: big, name: "x" }]);
  const [layer] = big.layers;
  const layerPath = `blobs/${digestOf(layer ?? "").replace(":", "/")}`;
  const replaced = (name: string, data: Buffer) =>
    good.map((entry) => (entry.name === name ? file(name, data) : entry));
  const flipped = Buffer.from(layer ?? "");
  flipped.writeUInt8((flipped[1000] ?? 0) ^ 1, 1000);
  const dockerConfig = json({ ...testPlatform, rootfs: { type: "layers", diff_ids: [digestOf("x")] } });

  const refused: Readonly<
    Record<string, { readonly archive: Buffer | readonly TestEntry[]; readonly message: RegExp }>
  > = {
    "bytes that are no archive": { archive: bytesOf(5000), message: /checksum/ },
    "an empty archive": { archive: [], message: /neither index.json nor manifest.json/ },
    "no bytes at all": { archive: Buffer.alloc(0), message: /neither index.json nor manifest.json/ },
    "a damaged gzip stream": { archive: compress(tar(...good), "gzip").subarray(0, 5000), message: /damaged gzip/ },
    "a truncated archive": { archive: tar(...good).subarray(0, 5_000), message: /ends/ },
    "a layout without its version": { archive: good.slice(1), message: /no oci-layout/ },
    "another version of the layout": {
      archive: [file("oci-layout", json({ imageLayoutVersion: "2.0.0" })), ...good.slice(1)],
      message: /1\.0\.0 is known/,
    },
    "an index that lists nothing": { archive: [layout, indexOf()], message: /lists no image/ },
    "a flipped bit in a layer": {
      archive: replaced(layerPath, flipped),
      message: /not what its path says.*expected sha256:/,
    },
    "a layer of another size": {
      archive: replaced(layerPath, flipped.subarray(1)),
      message: /bytes, its descriptor says/,
    },
    "a missing layer": { archive: good.filter(({ name }) => name !== layerPath), message: /lacks sha256:/ },
    "a manifest that is not there": {
      archive: [layout, indexOf(descriptorJson(descriptor(json({}), "application/vnd.oci.image.manifest.v1+json")))],
      message: /lacks sha256:/,
    },
    "a media type that is no image": {
      archive: [layout, indexOf(descriptorJson(descriptor(json({}), "text/plain")))],
      message: /media type is text\/plain/,
    },
    "a digest that climbs out": {
      archive: [layout, indexOf({ mediaType: "x", digest: "sha256:../../etc/passwd", size: 1 })],
      message: /manifests\[0\]\.digest must be a sha256/,
    },
    "a name that climbs out": { archive: [...good, file("../escape", "x")], message: /leaves the root/ },
    "a file that is there twice": { archive: [...good, layout], message: /twice/ },
    "a document beyond its limit": {
      archive: [layout, file("index.json", Buffer.alloc(5 << 20, 32))],
      message: /at most 4194304/,
    },
    "a docker archive whose layer is not what its config says": {
      archive: [
        file("c.json", dockerConfig),
        file("l.tar", "y"),
        file("manifest.json", json([{ Config: "c.json", Layers: ["l.tar"] }])),
      ],
      message: /has digest .*, its image says/,
    },
    "a docker archive with fewer layers than diff ids": {
      archive: [file("c.json", dockerConfig), file("manifest.json", json([{ Config: "c.json", Layers: [] }]))],
      message: /has 0 layers, its config has 1/,
    },
    "a docker archive whose config climbs out": {
      archive: [file("manifest.json", json([{ Config: "../../etc/passwd", Layers: [] }]))],
      message: /leaves the root/,
    },
  };

  for (const [title, { archive, message }] of Object.entries(refused)) {
    it(`refuses ${title} with invalid-argument and leaves nothing`, () =>
      withContent(async ({ blobs, ...fixture }) => {
        await rejects(fixture.import(archive), "invalid-argument", message);
        assert.deepEqual(await blobs(), []);
      }));
  }

  for (const [limit, value] of Object.entries({ totalBytes: 100_000n, entries: 3, blobs: 0, smallTotalBytes: 0 })) {
    it(`refuses an archive beyond the limit of ${limit}`, () =>
      withContent(async (fixture) => {
        const limits = limit === "smallTotalBytes" ? { smallTotalBytes: 0, blobs: 1 } : { [limit]: value };
        await rejects(fixture.import(good, limits), "invalid-argument", /has more than/);
      }));
  }

  it("keeps what was there before when a later part of the archive is bad", () =>
    withContent(async ({ blobs, ...fixture }) => {
      await fixture.import(ociLayout([{ built: small, name: "x" }]));
      const before = await blobs();
      const entries = ociLayout([
        { built: small, name: "x" },
        { built: big, name: "y" },
      ]);
      const broken = entries.filter(({ name }) => name !== layerPath);
      await rejects(fixture.import(broken), "invalid-argument");
      assert.deepEqual(await blobs(), before);
    }));

  it("leaves nothing wherever an archive is cut off", () =>
    withContent(async ({ blobs, ...fixture }) => {
      const archive = tar(...good.slice(0, 3), ...good.slice(-1));
      for (let length = 0; length < archive.length; length += 9_973) {
        await assert.rejects(fixture.import(archive.subarray(0, length)), { kind: "invalid-argument" });
      }
      assert.deepEqual(await blobs(), []);
    }));

  it("leaves nothing when the signal is aborted half-way, or the source fails", () =>
    withContent(async ({ content, blobs }) => {
      const archive = tar(...good);
      const controller = new AbortController();
      async function* aborting() {
        for await (const piece of inPieces(archive, 50_000)) {
          yield piece;
          controller.abort(new TypeError("enough"));
        }
      }
      async function* failing() {
        yield archive.subarray(0, 200_000);
        throw new TypeError("connection lost");
      }
      const importer = new ArchiveImporter(defaultArchiveLimits);
      await assert.rejects(importer.import(content, aborting(), { signal: controller.signal }), { message: "enough" });
      await assert.rejects(importer.import(content, failing()), { message: "connection lost" });
      assert.deepEqual(await blobs(), []);
    }));
});
