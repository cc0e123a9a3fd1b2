import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseLog } from "./output-log.ts";

const time = "2026-11-24T06:39:43.173759744+00:00";
const later = "2026-11-24T06:39:43.173759745+00:00";
const parse = (text: string | Uint8Array, offset = 0n) => {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  const { frames, length } = parseLog(bytes, offset);
  return {
    length,
    frames: frames.map(({ stream, data, nextOffset }) => `${stream} ${nextOffset} ${Buffer.from(data).toString()}`),
  };
};

describe("parseLog", () => {
  it("gives back the newline of a whole line and adds none to a part of one", () => {
    assert.deepEqual(parse(`${time} stdout F a\n`).frames, ["stdout 47 a\n"]);
    assert.deepEqual(parse(`${time} stdout P a\n`).frames, ["stdout 47 a"]);
  });

  it("joins lines of one stream and moment, and no others", () => {
    const text = `${time} stdout F a\n${time} stdout P b\n${time} stderr F c\n${later} stderr F d\n`;
    assert.deepEqual(parse(text).frames, ["stdout 94 a\nb", "stderr 141 c\n", "stderr 188 d\n"]);
  });

  it("counts offsets from where the bytes begin", () => {
    assert.deepEqual(parse(`${time} stdout F a\n`, 1000n).frames, ["stdout 1047 a\n"]);
  });

  it("tells when it was written", () => {
    const { frames } = parseLog(Buffer.from("2026-11-24T08:39:43.999000000+02:00 stdout F a\n"), 0n);
    assert.equal(frames[0]?.writtenAt.toISOString(), "2026-11-24T06:39:43.999Z");
  });

  it("leaves a line that is not whole yet", () => {
    const whole = `${time} stdout F a\n`;
    for (const rest of ["2", time, `${time} stdout`, `${time} stdout F`, `${time} stdout F `, `${time} stdout F b`]) {
      assert.deepEqual(parse(whole + rest), { length: whole.length, frames: ["stdout 47 a\n"] });
    }
    assert.deepEqual(parse(""), { length: 0, frames: [] });
  });

  it("keeps every byte of the text", () => {
    const hard = Buffer.from([0, 1, 13, 32, 70, 32, 0x80, 0xff, 0xc3, 0xbc, 0xf0, 0x9f, 0x93, 0xa6, 13]);
    const { frames } = parseLog(Buffer.concat([Buffer.from(`${time} stderr F `), hard, Buffer.from("\n")]), 0n);
    assert.deepEqual(Buffer.from(frames[0]?.data ?? []), Buffer.concat([hard, Buffer.from("\n")]));
  });

  it("keeps a character whose bytes were read in two parts", () => {
    const [first, second] = [Buffer.from([0xf0, 0x9f]), Buffer.from([0x93, 0xa6])];
    const line = (text: Buffer) => Buffer.concat([Buffer.from(`${time} stdout P `), text, Buffer.from("\n")]);
    assert.deepEqual(parse(Buffer.concat([line(first), line(second)])).frames, ["stdout 96 \u{1f4e6}"]);
  });

  it("takes an empty line for what it is", () => {
    assert.deepEqual(parse(`${time} stdout F \n`).frames, ["stdout 46 \n"]);
  });

  it("leaves out what is no line of conmon's", () => {
    const torn = `nonsense\n\n${time} stdin F a\n${time} stdout X a\n${time} stdout\nyesterday stdout F a\n`;
    assert.deepEqual(parse(`${torn}${time} stdout F a\n`).frames, [`stdout ${torn.length + 47} a\n`]);
    assert.equal(parse(torn).length, torn.length);
  });

  it("copies, so that the bytes it was given can be used again", () => {
    const bytes = Buffer.from(`${time} stdout F a\n`);
    const { frames } = parseLog(bytes, 0n);
    bytes.fill(0);
    assert.equal(Buffer.from(frames[0]?.data ?? []).toString(), "a\n");
  });
});
