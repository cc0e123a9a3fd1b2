import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { rejectsWith } from "@gantry/api/testing";
import { nodeHost } from "./host-node.ts";
import { LogKeeper, prepareLogParts } from "./log-keeper.ts";
import { Outcome } from "./outcome.ts";
import { readOutput } from "./output-reader.ts";
import { ProcessFiles } from "./process-files.ts";
import { ConmonLog } from "./testing/conmon-log.ts";
import { testDirectory } from "./testing/directory.ts";

const root = testDirectory();
const subject = { type: "process", id: "p" } as const;
const line = (text: string) => `2026-11-24T06:39:43.173759744+00:00 stdout F ${text}\n`;

function source(name: string) {
  const directory = join(root, name);
  mkdirSync(directory);
  const files = new ProcessFiles(directory, "x");
  const log = new LogKeeper({ host: nodeHost, files, subject });
  return { host: nodeHost, files, subject, log, ended: new Outcome<void>() };
}

const textOf = (data: Uint8Array) => Buffer.from(data).toString();

describe("readOutput", () => {
  it("shows nothing where there is no log yet", async () => {
    assert.deepEqual(await Array.fromAsync(readOutput(source("none"), {})), []);
  });

  it("follows a log that is made later, to its end", async () => {
    const output = source("later");
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { data } of readOutput(output, { follow: true })) {
        seen.push(textOf(data));
        if (seen.length === 1) appendFileSync(output.files.log, line("two"));
        if (seen.length === 2) output.ended.resolve();
      }
    })();
    writeFileSync(output.files.log, line("one"));
    await reading;
    assert.deepEqual(seen, ["one\n", "two\n"]);
  });

  it("shows what was written just before the end", async () => {
    const output = source("end");
    const frames = readOutput(output, { follow: true });
    const first = frames.next();
    writeFileSync(output.files.log, line("last words"));
    output.ended.resolve();
    assert.equal(textOf((await first).value?.data ?? new Uint8Array()), "last words\n");
    assert.equal((await frames.next()).done, true);
  });

  it("ends when nobody will write any more, also if that is no end of the process", async () => {
    const output = source("closed");
    const reading = Array.fromAsync(readOutput(output, { follow: true }));
    output.ended.reject(new Error("closed"));
    assert.deepEqual(await reading, []);
  });

  it("shows lines that are longer than one read, in several frames", async () => {
    const output = source("long");
    const lines = Array.from({ length: 40 }, (_, index) => line(`${index}`.repeat(4_000)));
    writeFileSync(output.files.log, lines.join(""));
    const frames = await Array.fromAsync(readOutput(output, {}));
    assert.ok(frames.length > 1);
    assert.equal(frames.map(({ data }) => textOf(data)).join(""), lines.map((one) => one.slice(45)).join(""));
  });

  it("shows nothing behind the last line", async () => {
    const output = source("behind");
    writeFileSync(output.files.log, line("one"));
    assert.deepEqual(await Array.fromAsync(readOutput(output, { fromOffset: BigInt(line("one").length) })), []);
  });

  describe("of a log in parts", () => {
    async function inParts(name: string) {
      const output = source(name);
      await prepareLogParts(nodeHost, output.files);
      return { output, conmon: new ConmonLog(output.files) };
    }

    it("goes on from part to part, while they are removed behind it", async () => {
      const { output, conmon } = await inParts("follow");
      const seen: string[] = [];
      conmon.write("0");
      for await (const { data } of readOutput(output, { follow: true })) {
        seen.push(textOf(data));
        if (seen.length === 9) output.ended.resolve();
        if (seen.length >= 9) continue;
        if (seen.length % 2 === 0) conmon.rotate();
        conmon.write(String(seen.length));
      }
      assert.deepEqual(
        seen,
        Array.from({ length: 9 }, (_, index) => `${index}\n`),
      );
    });

    it("finds each offset again behind the frame that had it", async () => {
      const { output, conmon } = await inParts("offsets");
      conmon.write("one");
      await output.log.parts();
      conmon.rotate();
      conmon.write("two");
      const frames = await Array.fromAsync(readOutput(output, {}));
      assert.deepEqual(
        frames.map(({ data }) => textOf(data)),
        ["one\n", "two\n"],
      );
      for (const [index, { nextOffset }] of frames.entries()) {
        assert.deepEqual(
          await Array.fromAsync(readOutput(output, { fromOffset: nextOffset })),
          frames.slice(index + 1),
        );
      }
    });

    it("ends a reader that is overtaken with out-of-range, behind the part that it was in", async () => {
      const { output, conmon } = await inParts("overtaken");
      conmon.write("one");
      const frames = readOutput(output, { follow: true });
      assert.equal(textOf((await frames.next()).value?.data ?? new Uint8Array()), "one\n");
      conmon.write("two");
      for (const text of ["three", "four", "five"]) {
        conmon.rotate();
        conmon.write(text);
      }
      assert.equal(textOf((await frames.next()).value?.data ?? new Uint8Array()), "two\n");
      await rejectsWith("out-of-range", frames.next());
      await rejectsWith(
        "out-of-range",
        Array.fromAsync(readOutput(output, { fromOffset: BigInt(line("one").length) })),
      );
      const [kept] = await Array.fromAsync(readOutput(output, {}));
      assert.equal(textOf(kept?.data ?? new Uint8Array()), "five\n");
    });

    it("follows a log whose parts are made after the reader came", async () => {
      const output = source("parts-later");
      const reading = Array.fromAsync(readOutput(output, { follow: true }));
      await prepareLogParts(nodeHost, output.files);
      new ConmonLog(output.files).write("text");
      output.ended.resolve();
      assert.deepEqual(
        (await reading).map(({ data }) => textOf(data)),
        ["text\n"],
      );
    });
  });

  for (const fromOffset of [-1n, 1n, 44n, 47n, 1n << 70n]) {
    it(`rejects offset ${fromOffset}, where no line ends, with out-of-range`, async () => {
      const output = source(`offset${fromOffset}`);
      writeFileSync(output.files.log, line(""));
      await rejectsWith("out-of-range", Array.fromAsync(readOutput(output, { fromOffset })));
    });
  }
});
