import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inPieces } from "../fixtures/apply-to-tree.ts";
import { allBytes, bytesOf } from "../fixtures/bytes.ts";
import { compress } from "../fixtures/images.ts";
import { rejects } from "../fixtures/rejects.ts";
import { compressionOf, decompress } from "./compression.ts";

const subject = { type: "layer", id: "x" } as const;

describe("decompress", () => {
  for (const compression of ["none", "gzip", "zstd"] as const) {
    it(`gives back what was compressed with ${compression}, in pieces of any size`, async () => {
      const bytes = bytesOf(300_000);
      const compressed = compress(bytes, compression);
      assert.equal(compressionOf(compressed), compression);
      for (const pieceBytes of [1_000, 70_000, compressed.length]) {
        assert.deepEqual(await allBytes(decompress(inPieces(compressed, pieceBytes), subject)), bytes);
      }
    });
  }

  it("takes bytes too few to tell for plain ones", async () => {
    for (const length of [0, 1, 3]) {
      assert.equal((await allBytes(decompress(inPieces(Buffer.alloc(length, 0x28), 1), subject))).length, length);
    }
  });

  for (const compression of ["gzip", "zstd"] as const) {
    it(`rejects truncated and damaged ${compression} with invalid-argument`, async () => {
      const compressed = compress(bytesOf(300_000), compression);
      await rejects(allBytes(decompress(inPieces(compressed.subarray(0, 100_000)), subject)), "invalid-argument");
      const damaged = Buffer.from(compressed).fill(0xff, 10, 40);
      await rejects(
        allBytes(decompress(inPieces(damaged), subject)),
        "invalid-argument",
        new RegExp(`damaged ${compression}`),
      );
    });
  }

  it("passes on what the source rejects with, and ends the source when it is left early", async () => {
    const compressed = compress(bytesOf(2_000_000), "gzip");
    let ended = 0;
    async function* source(fails: boolean) {
      try {
        yield* inPieces(compressed.subarray(0, 500_000));
        if (fails) throw new TypeError("connection lost");
        yield* inPieces(compressed.subarray(500_000));
      } finally {
        ended += 1;
      }
    }
    await assert.rejects(allBytes(decompress(source(true), subject)), { message: "connection lost" });
    for await (const _ of decompress(source(false), subject)) break;
    assert.equal(ended, 2);
  });
});
