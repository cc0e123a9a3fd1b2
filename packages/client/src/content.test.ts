import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, it } from "node:test";
import { type Client, createClient } from "./index.ts";
import { FakeDaemon } from "./testing/fake-daemon.ts";
import type { FakeServer } from "./testing/fake-server.ts";

const pieceBytes = 2 << 20;

describe("content", () => {
  let daemon: FakeDaemon;
  let server: FakeServer;
  let client: Client;

  beforeEach(async () => {
    daemon = new FakeDaemon();
    server = await daemon.start();
    client = createClient({ address: server.address });
  });

  afterEach(async () => {
    await client.close();
    await server[Symbol.asyncDispose]();
  });

  it("uploads chunks of any size in pieces of one size", async () => {
    const bytes = randomBytes(pieceBytes + 5);
    const digest = digestOf(bytes);
    const progress: bigint[] = [];
    const info = await client.content.upload(chunks(bytes, 70_001), {
      ref: "r",
      digest,
      onProgress: (done) => progress.push(done),
    });
    assert.equal(info.digest, digest);
    assert.equal(info.sizeBytes, BigInt(bytes.length));
    assert.deepEqual(daemon.calls, [
      `write r at 0: ${pieceBytes} bytes`,
      `write r at ${pieceBytes}: 5 bytes`,
      `commit r: ${bytes.length} bytes`,
    ]);
    assert.deepEqual(progress, [BigInt(pieceBytes), BigInt(bytes.length)]);
    assert.ok(daemon.content.blobs.get(digest)?.equals(bytes));
  });

  it("uploads nothing as an empty blob", async () => {
    assert.equal((await client.content.upload(chunks(Buffer.alloc(0), 1), { ref: "r" })).sizeBytes, 0n);
  });

  it("goes on where an upload of the same ref broke off", async () => {
    const bytes = randomBytes(2 * pieceBytes);
    daemon.content.writesLeft = 1;
    await assert.rejects(client.content.upload(chunks(bytes, 1 << 16), { ref: "r" }), { kind: "unavailable" });
    daemon.content.writesLeft = 1;
    await client.content.upload(chunks(bytes, 1 << 16), { ref: "r", digest: digestOf(bytes) });
    assert.deepEqual(daemon.calls.slice(2), [
      `write r at ${pieceBytes}: ${pieceBytes} bytes`,
      `commit r: ${bytes.length} bytes`,
    ]);
  });

  it("sends a piece whole of which a part is held already", async () => {
    const bytes = randomBytes(1000);
    daemon.content.ingests.set("r", bytes.subarray(0, 300));
    await client.content.upload(chunks(bytes, 64), { ref: "r", digest: digestOf(bytes) });
  });

  it("rejects with out-of-range when the source is shorter than what is held", async () => {
    daemon.content.ingests.set("r", randomBytes(10));
    await assert.rejects(client.content.upload(chunks(randomBytes(9), 9), { ref: "r" }), { kind: "out-of-range" });
  });

  it("rejects with failed-precondition when the digest is another", async () => {
    const upload = client.content.upload(chunks(randomBytes(9), 9), { ref: "r", digest: digestOf(Buffer.alloc(1)) });
    await assert.rejects(upload, { kind: "failed-precondition" });
    assert.ok(daemon.content.ingests.has("r"));
  });

  it("reads a blob in order, whole or in part", async () => {
    const bytes = randomBytes(2500);
    const { digest } = await client.content.upload(chunks(bytes, 999), { ref: "r" });
    assert.ok(Buffer.concat(await Array.fromAsync(client.content.read(digest))).equals(bytes));
    const part = await Array.fromAsync(client.content.read(digest, { offsetBytes: 900n, lengthBytes: 300n }));
    assert.ok(Buffer.concat(part).equals(bytes.subarray(900, 1200)));
  });

  it("rejects with not-found where there is no such blob", async () => {
    await assert.rejects(client.content.stat(digestOf(Buffer.alloc(3))), { kind: "not-found" });
  });
});

async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let begin = 0; begin < bytes.length; begin += size) {
    yield bytes.subarray(begin, begin + size);
  }
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
