import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isObject, parseJson, writeJson } from "./lossless-json.ts";

describe("lossless JSON", () => {
  for (const text of [
    '{"soft":18446744073709551615,"hard":9223372036854775807,"low":-9223372036854775808}',
    '{"limit":-1,"share":0.5,"text":"18446744073709551615","list":[1,{"a":null}]}',
    '{"__proto__":{"polluted":true},"constructor":18446744073709551615}',
    "[1234567890123456789]",
  ]) {
    it(`writes again what it read: ${text}`, () => {
      assert.equal(writeJson(parseJson(text)), text);
    });
  }

  it("keeps numbers that a double holds as numbers", () => {
    assert.deepEqual(parseJson('{"a":1,"b":1.25,"c":9007199254740991}'), { a: 1, b: 1.25, c: 9007199254740991 });
  });

  it("keeps integers when parts are put into another document", () => {
    const part = parseJson('{"hard":18446744073709551615}');
    assert.ok(isObject(part));
    assert.equal(writeJson({ ...part, type: "NOFILE" }), '{"hard":18446744073709551615,"type":"NOFILE"}');
  });

  it("does not touch the prototype of what it makes", () => {
    const value = parseJson('{"__proto__":{"polluted":true}}');
    assert.ok(isObject(value));
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
    assert.equal("polluted" in {}, false);
  });

  for (const [value, expected] of [
    [{}, true],
    [[], false],
    [null, false],
    ["{}", false],
    [undefined, false],
  ] as const) {
    it(`tells whether ${JSON.stringify(value)} is an object`, () => {
      assert.equal(isObject(value), expected);
    });
  }
});
