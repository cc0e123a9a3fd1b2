import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import { Code } from "@connectrpc/connect";
import { messageMaxBytes } from "./limits.ts";
import { readSingleMessage } from "./single-message.ts";

const framed = (text: string, flags = 0, length = text.length): Buffer => {
  const prefix = Buffer.alloc(5);
  prefix[0] = flags;
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, Buffer.from(text)]);
};

const read = (...chunks: readonly Buffer[]): Promise<Uint8Array> => {
  const request = new PassThrough();
  for (const chunk of chunks) request.write(chunk);
  request.end();
  return readSingleMessage(request);
};

describe("the only message of a request", () => {
  it("is read however it is cut into pieces", async () => {
    const whole = framed("message");
    assert.equal(Buffer.from(await read(whole)).toString(), "message");
    const pieces = [...whole].map((byte) => Buffer.of(byte));
    assert.equal(Buffer.from(await read(...pieces)).toString(), "message");
  });

  it("may be empty", async () => {
    assert.equal((await read(framed(""))).length, 0);
  });

  const refused: readonly [string, readonly Buffer[], Code][] = [
    ["is missing", [], Code.Unimplemented],
    ["is followed by another", [framed("one"), framed("two")], Code.Unimplemented],
    ["ends early", [framed("mess", 0, 7)], Code.InvalidArgument],
    ["ends within its prefix", [Buffer.of(0, 0, 0)], Code.InvalidArgument],
    ["says that it is compressed", [framed("x", 1)], Code.Internal],
    ["announces more than is read", [framed("x", 0, messageMaxBytes + 1)], Code.ResourceExhausted],
  ];
  for (const [name, chunks, code] of refused) {
    it(`is refused when it ${name}`, async () => {
      await assert.rejects(read(...chunks), { name: "ConnectError", code });
    });
  }

  it("is refused as soon as it is too long, without waiting for its end", async () => {
    const request = new PassThrough();
    const reading = readSingleMessage(request);
    request.write(framed("", 0, messageMaxBytes + 2));
    request.write(Buffer.alloc(messageMaxBytes + 1));
    await assert.rejects(reading, { code: Code.ResourceExhausted });
  });

  it("is given up when the caller leaves", async () => {
    const request = new PassThrough();
    const reading = readSingleMessage(request);
    request.write(framed("mess", 0, 7));
    request.destroy();
    await assert.rejects(reading, { code: Code.Canceled });
  });
});
