import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { extract } from "tar-stream";
import { openArchive } from "./archive.ts";

describe("openArchive", () => {
  let directory: string;

  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "gantry-archive-"));
    await mkdir(path.join(directory, "layout/blobs/sha256"), { recursive: true });
    await writeFile(path.join(directory, "layout/oci-layout"), "{}");
    await writeFile(path.join(directory, "layout/index.json"), "[]");
    await writeFile(path.join(directory, "layout/blobs/sha256/bb"), "x".repeat(100_000));
    await writeFile(path.join(directory, "layout/blobs/sha256/aa"), "y");
    await writeFile(path.join(directory, "layout/stray"), "secret");
    await writeFile(path.join(directory, "file.tar"), "bytes");
  });

  after(() => rm(directory, { recursive: true }));

  it("packs a layout, its documents first, and nothing else", async () => {
    const { bytes, totalBytes } = await openArchive(path.join(directory, "layout"));
    const names: string[] = [];
    for await (const entry of Readable.from(bytes).pipe(extract())) {
      names.push(`${entry.header.name} ${(await buffer(entry)).length}`);
    }
    assert.deepEqual(names, ["oci-layout 2", "index.json 2", "blobs/sha256/aa 1", "blobs/sha256/bb 100000"]);
    assert.equal(totalBytes, null);
  });

  it("reads a file as it is", async () => {
    const { bytes, totalBytes } = await openArchive(path.join(directory, "file.tar"));
    assert.equal((await buffer(Readable.from(bytes))).toString(), "bytes");
    assert.equal(totalBytes, 5n);
  });

  it("rejects what is not there, and a directory that is no layout", async () => {
    const none = path.join(directory, "none");
    await assert.rejects(openArchive(none), { kind: "not-found", subject: { type: "image", id: none } });
    await assert.rejects(openArchive(path.join(directory, "layout/blobs")), { kind: "invalid-argument" });
  });

  it("stops reading when its reader stops", async () => {
    const { bytes } = await openArchive(path.join(directory, "layout"));
    for await (const _chunk of bytes) break;
  });
});
