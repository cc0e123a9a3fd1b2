import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Content, Descriptor } from "@gantry/api/content";
import { digestOf } from "../../fixtures/bytes.ts";
import { buildImage, descriptor, descriptorJson, json, testPlatform } from "../../fixtures/images.ts";
import { rejects } from "../../fixtures/rejects.ts";
import { file } from "../../fixtures/tar.ts";
import { testDirectory } from "../../fixtures/test-directory.ts";
import { openContentStore } from "../store/content-store.ts";
import { referencesOf } from "./references.ts";
import { resolveImage } from "./resolve.ts";

const indexType = "application/vnd.oci.image.index.v1+json";
const manifestType = "application/vnd.oci.image.manifest.v1+json";

async function withBlobs(
  blobs: Iterable<Buffer>,
  body: (content: Content, put: (bytes: Buffer) => Promise<void>) => Promise<void>,
): Promise<void> {
  await using directory = await testDirectory();
  const store = await openContentStore(directory.path);
  try {
    const content = store.in("a");
    const put = async (bytes: Buffer) => {
      const writer = await content.openWriter(digestOf(bytes));
      await writer.write(bytes);
      await writer.commit();
    };
    for (const bytes of blobs) await put(bytes);
    await body(content, put);
  } finally {
    await store.close();
  }
}

function indexOf(...manifests: readonly Descriptor[]): Buffer {
  return json({ schemaVersion: 2, mediaType: indexType, manifests: manifests.map(descriptorJson) });
}

describe("resolve", () => {
  const arm6 = { os: "linux", architecture: "arm", variant: "v6" };
  const arm7 = { os: "linux", architecture: "arm", variant: "v7" };
  const six = buildImage({ layers: [[file("a", "6")]], platform: arm6 });
  const seven = buildImage({ layers: [[file("a", "7")], [file("b", "7")]], platform: arm7 });
  const both = indexOf({ ...six.manifest, platform: arm6 }, { ...seven.manifest, platform: arm7 });
  const blobs = [...new Map([...six.blobs, ...seven.blobs]).values(), both];

  it("finds the nearest platform of an index, and computes the chain", () =>
    withBlobs(blobs, async (content) => {
      const target = descriptor(both, indexType);
      const image = await resolveImage(content, target, { os: "linux", architecture: "arm" });
      assert.equal(image.manifest.digest, seven.manifest.digest);
      assert.equal(image.configJson, seven.config.toString());
      const [first = "", second = ""] = seven.diffIds;
      assert.deepEqual(image.chainIds, [first, digestOf(`${first} ${second}`)]);
      const older = await resolveImage(content, target, { os: "linux", architecture: "arm", variant: "6" });
      assert.equal(older.manifest.digest, six.manifest.digest);
    }));

  it("looks into the config where an index does not say the platform, and into nested indexes", () =>
    withBlobs(blobs, async (content, put) => {
      const unsaid = indexOf(six.manifest, seven.manifest);
      const nested = indexOf(descriptor(unsaid, indexType));
      await put(unsaid);
      await put(nested);
      const image = await resolveImage(content, descriptor(nested, indexType), arm7);
      assert.equal(image.manifest.digest, seven.manifest.digest);
    }));

  it("rejects a platform that the image is not for with not-found, listing what it has", () =>
    withBlobs(blobs, async (content) => {
      const wanted = { os: "linux", architecture: "s390x" };
      const list = /nothing for linux\/s390x; it has linux\/arm\/v6, linux\/arm\/v7/;
      await rejects(resolveImage(content, descriptor(both, indexType), wanted), "not-found", list);
      await rejects(resolveImage(content, six.manifest, wanted), "not-found", /it has linux\/arm\/v6/);
    }));

  it("rejects a missing document with not-found", () =>
    withBlobs([], async (content) => {
      await rejects(resolveImage(content, six.manifest, arm6), "not-found");
    }));

  const config = six.manifest;
  const malformed: Readonly<
    Record<string, { readonly document: unknown; readonly mediaType: string; readonly message: RegExp }>
  > = {
    "a manifest that is an index too": {
      document: { schemaVersion: 2, config: {}, layers: [], manifests: [] },
      mediaType: manifestType,
      message: /has manifests, which no manifest has/,
    },
    "an index that is a manifest too": {
      document: { schemaVersion: 2, manifests: [], layers: [] },
      mediaType: indexType,
      message: /has layers, which no index has/,
    },
    "a document that calls itself something else": {
      document: { schemaVersion: 2, mediaType: indexType, config: descriptorJson(config) },
      mediaType: manifestType,
      message: /mediaType is .*index.*, but the document is referred to as .*manifest/,
    },
    "another schema": { document: { schemaVersion: 1 }, mediaType: manifestType, message: /schemaVersion must be 2/ },
    "more layers than allowed": {
      document: { schemaVersion: 2, config: descriptorJson(config), layers: Array(501).fill(descriptorJson(config)) },
      mediaType: manifestType,
      message: /layers has 501 elements, at most 500/,
    },
    "a manifest of 5 MiB": {
      document: { schemaVersion: 2, annotations: { a: "x".repeat(5 << 20) } },
      mediaType: manifestType,
      message: /at most 4194304 are allowed/,
    },
    "a config that is no config": {
      document: { schemaVersion: 2, config: descriptorJson(six.manifest), layers: [] },
      mediaType: manifestType,
      message: /has no rootfs/,
    },
    "a media type that is no image": { document: {}, mediaType: "text/plain", message: /media type is text\/plain/ },
  };
  for (const [title, { document, mediaType, message }] of Object.entries(malformed)) {
    it(`rejects ${title} with invalid-argument`, () =>
      withBlobs([...six.blobs.values(), json(document)], async (content) => {
        await rejects(resolveImage(content, descriptor(json(document), mediaType), arm6), "invalid-argument", message);
      }));
  }

  it("rejects a size that is not the descriptor's, and layers that do not match the config, with invalid-argument", () =>
    withBlobs(six.blobs.values(), async (content, put) => {
      const longer = { ...six.manifest, sizeBytes: six.manifest.sizeBytes + 1n };
      await rejects(resolveImage(content, longer, arm6), "invalid-argument", /its descriptor says/);
      const without = json({
        schemaVersion: 2,
        config: descriptorJson(descriptor(six.config, "application/vnd.oci.image.config.v1+json")),
        layers: [],
      });
      await put(without);
      const target = descriptor(without, manifestType);
      await rejects(resolveImage(content, target, arm6), "invalid-argument", /has 0 layers, its config has 1 diff ids/);
    }));
});

describe("references", () => {
  const one = buildImage({ layers: [[file("a", "1")]] });
  const other = buildImage({ layers: [[file("a", "1")], [file("b", "2")]] });
  const index = indexOf({ ...one.manifest, platform: testPlatform }, other.manifest, one.manifest);
  const target = descriptor(index, indexType);

  it("lists everything once, the target first", () =>
    withBlobs([...new Map([...one.blobs, ...other.blobs]).values(), index], async (content) => {
      const found = (await referencesOf(content, target)).map(({ digest }) => digest);
      assert.equal(found[0], target.digest);
      const all = new Set([target.digest, ...one.blobs.keys(), ...other.blobs.keys()]);
      assert.deepEqual(found.toSorted(), [...all].toSorted());
    }));

  it("goes on beside what is missing", () =>
    withBlobs([...one.blobs.values(), index], async (content) => {
      const found = (await referencesOf(content, target)).map(({ digest }) => digest);
      assert.ok(found.includes(other.manifest.digest));
      assert.ok(!found.includes(digestOf(other.config)));
      for (const digest of one.blobs.keys()) assert.ok(found.includes(digest));
    }));
});
