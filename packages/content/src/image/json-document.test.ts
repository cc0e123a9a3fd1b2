import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseJsonDocument } from "./json-document.ts";

const subject = { type: "image", id: "x" } as const;

function parse(text: string | Buffer) {
  return parseJsonDocument(Buffer.from(text), subject);
}

describe("parseJsonDocument", () => {
  it("gives values with a check at each step", () => {
    const json = parse('{"a":{"b":["x"]},"n":5,"m":{"__proto__":"p","constructor":"c"},"none":null}');
    assert.equal(json.property("a").property("b").list(1)[0]?.text(), "x");
    assert.equal(json.property("n").size(), 5n);
    assert.deepEqual(
      [...json.property("m").textMap()],
      [
        ["__proto__", "p"],
        ["constructor", "c"],
      ],
    );
    assert.equal(json.optional("none"), undefined);
    assert.equal(json.optional("toString"), undefined);
  });

  const wrong: Readonly<Record<string, () => unknown>> = {
    "a must be a string": () => parse('{"a":1}').property("a").text(),
    "a[0] must be a string": () => parse('{"a":[1]}').property("a").list(1)[0]?.text(),
    "a has 2 elements, at most 1 are allowed": () => parse('{"a":[1,2]}').property("a").list(1),
    "the document has no b": () => parse('{"a":1}').property("b"),
    "the document must be an object": () => parse("[]").property("b"),
    "a must be a whole number of bytes": () => parse('{"a":-1}').property("a").size(),
    "a must be a sha256 or sha512 digest": () => parse('{"a":"sha256:x"}').property("a").digest(),
    "a must be an object of strings": () => parse('{"a":{"b":1}}').property("a").textMap(),
  };
  for (const [message, use] of Object.entries(wrong)) {
    it(`says that ${message}`, () =>
      assert.throws(use, { kind: "invalid-argument", message: `image "x": ${message}` }));
  }

  it("refuses numbers that a double does not hold", () => {
    assert.throws(() => parse('{"a":9007199254740993}').property("a").size(), { kind: "invalid-argument" });
    assert.throws(() => parse('{"a":1.5}').property("a").size(), { kind: "invalid-argument" });
  });

  it("refuses a key that is there twice in one object, however it is written", () => {
    for (const text of ['{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '[{"x":{"b":[],"b":1}}]', '{"":1,"":2}']) {
      assert.throws(() => parse(text), { kind: "invalid-argument", message: /twice in one object/ }, text);
    }
    for (const text of [
      '{"a":"a","b":{"a":["a","a"]}}',
      '{"a":"{\\"a\\":1,","b":"a"}',
      '[{"a":1},{"a":1}]',
      '["a","a"]',
    ]) {
      parse(text);
    }
  });

  it("refuses what is no JSON, no UTF-8, or nests too deep", () => {
    for (const text of ["", "{", "{'a':1}", '{"a":1}x', "\ufeff{"]) {
      assert.throws(() => parse(text), { kind: "invalid-argument", message: /not a JSON document/ }, text);
    }
    assert.throws(() => parse(Buffer.of(0x22, 0xff, 0x22)), { kind: "invalid-argument" });
    assert.throws(() => parse("[".repeat(100_000) + "]".repeat(100_000)), { kind: "invalid-argument" });
    parse("[".repeat(64) + "]".repeat(64));
    assert.throws(() => parse("[".repeat(65) + "]".repeat(65)), { message: /nests more than 64/ });
  });
});
