import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { inPieces } from "../../fixtures/apply-to-tree.ts";
import { bytesOf, digestOf } from "../../fixtures/bytes.ts";
import { compress } from "../../fixtures/images.ts";
import { rejects } from "../../fixtures/rejects.ts";
import { file, tar } from "../../fixtures/tar.ts";
import { testDirectory } from "../../fixtures/test-directory.ts";
import { applyLayer } from "./apply-layer.ts";

const archive = tar(file("a", bytesOf(200_000)), file("b", "x"));

describe("applyLayer", () => {
  it("applies a layer and tells what it was", async () => {
    await using directory = await testDirectory();
    const layer = await applyLayer(directory.path, inPieces(archive), { digest: digestOf(archive, "sha512") });
    assert.equal(layer.diffId, digestOf(archive));
    assert.equal(layer.digest, digestOf(archive, "sha512"));
    assert.deepEqual(readFileSync(join(directory.path, "a")), bytesOf(200_000));
  });

  for (const compression of ["none", "gzip", "zstd"] as const) {
    it(`rejects other bytes than those of the digest with data-loss, compressed with ${compression}`, async () => {
      await using directory = await testDirectory();
      const blob = compress(archive, compression);
      const digest = digestOf(blob);
      for (const at of [100, 600, 5_000, blob.length - 1]) {
        const damaged = Buffer.from(blob);
        damaged.writeUInt8((damaged[at] ?? 0) ^ 0x10, at);
        const root = join(directory.path, String(at));
        mkdirSync(root);
        await rejects(applyLayer(root, inPieces(damaged), { digest }), "data-loss", new RegExp(digestOf(damaged)));
      }
      const shorter = applyLayer(directory.path, inPieces(blob.subarray(0, -1)), { digest });
      await rejects(shorter, "data-loss");
    });
  }

  it("rejects with the signal's reason, and has stopped by then", async () => {
    await using directory = await testDirectory();
    const controller = new AbortController();
    const reason = new TypeError("enough");
    async function* endless() {
      for (let index = 0; ; index++) {
        yield tar(file(`f${index}`, bytesOf(100_000))).subarray(0, -1024);
        if (index === 30) controller.abort(reason);
      }
    }
    const applying = applyLayer(directory.path, endless(), { digest: digestOf(""), signal: controller.signal });
    await assert.rejects(applying, reason);
    const there = readdirSync(directory.path).length;
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(readdirSync(directory.path).length, there);
  });

  it("rejects with what the source rejects with", async () => {
    await using directory = await testDirectory();
    async function* failing() {
      yield archive.subarray(0, 1000);
      throw new TypeError("connection lost");
    }
    await assert.rejects(applyLayer(directory.path, failing(), { digest: digestOf("") }), {
      message: "connection lost",
    });
  });

  it("rejects a malformed digest with invalid-argument before it reads anything", async () => {
    await rejects(applyLayer("/nowhere", inPieces(archive), { digest: "sha256:x" }), "invalid-argument");
  });

  it("rejects a root that is a symbolic link or missing", async () => {
    await using directory = await testDirectory();
    const missing = applyLayer(join(directory.path, "missing"), inPieces(archive), { digest: digestOf(archive) });
    await rejects(missing, "internal", /ENOENT/);
  });
});
