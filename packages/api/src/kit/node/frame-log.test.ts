import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { OperationError } from "../../errors.ts";
import { appendFrame, readFrames } from "./frame-log.ts";

describe("a log of frames", () => {
  let directory = "";
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "frame-log-"));
  });
  after(() => rmSync(directory, { recursive: true }));

  const writtenAt = new Date(1_000);
  const print = (path: string, text: string) =>
    appendFrame(path, { stream: "stdout", data: Buffer.from(text, "latin1"), writtenAt });
  const textsOf = (path: string, from = 0n) =>
    readFrames(path, from).map(({ data }) => Buffer.from(data).toString("latin1"));

  it("gives back streams, bytes and times, and goes on behind any frame", () => {
    const path = join(directory, "whole");
    print(path, "one\n\0\xff");
    appendFrame(path, { stream: "stderr", data: Buffer.from("two"), writtenAt });
    const [first, second] = readFrames(path, 0n);
    assert.deepEqual(
      { ...first, nextOffset: 0n },
      {
        stream: "stdout",
        data: Buffer.from("one\n\0\xff", "latin1"),
        nextOffset: 0n,
        writtenAt,
      },
    );
    assert.equal(second?.stream, "stderr");
    assert.deepEqual(textsOf(path, first?.nextOffset), ["two"]);
    assert.deepEqual(textsOf(path, second?.nextOffset), []);
  });

  it("is empty where nobody has written", () => {
    assert.deepEqual(readFrames(join(directory, "none"), 0n), []);
  });

  it("leaves out a frame that is being written", () => {
    const path = join(directory, "partly");
    print(path, "whole");
    appendFileSync(path, '{"stream":"std');
    assert.deepEqual(textsOf(path), ["whole"]);
  });

  it("reads a frame that is longer than what is read at once, and much in several steps", () => {
    const path = join(directory, "long");
    const long = "x".repeat(2_000_000);
    for (const text of [long, "y", long]) print(path, text);
    const seen: string[] = [];
    for (let offset = 0n; ; ) {
      const frames = readFrames(path, offset);
      const last = frames.at(-1);
      if (last === undefined) break;
      seen.push(...frames.map(({ data }) => Buffer.from(data).toString()));
      offset = last.nextOffset;
    }
    assert.deepEqual(seen, [long, "y", long]);
  });

  it("throws out-of-range where no frame ends", () => {
    const path = join(directory, "offsets");
    print(path, "one");
    for (const offset of [-1n, 3n, 1n << 60n]) {
      assert.throws(
        () => readFrames(path, offset),
        (error) => error instanceof OperationError && error.kind === "out-of-range",
      );
    }
  });
});
