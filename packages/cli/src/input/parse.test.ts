import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { collectVariables, parseBytes, parseCount, parsePositive, parseSequence, parseUserNamespace } from "./parse.ts";

describe("what options may say", () => {
  it("is a number of bytes, with a unit or without", () => {
    assert.deepEqual(
      ["1", "64m", "1.5g", "2k", "1MiB", "3GB"].map(parseBytes),
      [1, 67_108_864, 1_610_612_736, 2048, 1_048_576, 3_221_225_472],
    );
    for (const text of ["", "m", "0", "-1", "1x", "1e3", "9999999t"])
      assert.throws(() => parseBytes(text), /number of bytes/, text);
  });

  it("is a number of processors above 0", () => {
    assert.deepEqual(["1", "0.5"].map(parsePositive), [1, 0.5]);
    for (const text of ["", "0", "-1", "1e3", "x", "Infinity"])
      assert.throws(() => parsePositive(text), /above 0/, text);
  });

  it("is a whole number", () => {
    assert.equal(parseCount("10"), 10);
    assert.equal(parseSequence("18446744073709551615"), 2n ** 64n - 1n);
    for (const text of ["", "0", "1.5", "x"]) assert.throws(() => parseCount(text), /whole number/, text);
    assert.throws(() => parseSequence("-1"), /sequence number/);
  });

  it("is a range of ids for a user namespace, or none", () => {
    const rangeAt = (hostID: number) => [{ containerID: 0, hostID, size: 65_536 }];
    const read = parseUserNamespace("100000:200000:65536");
    assert.deepEqual(read, { uidMappings: rangeAt(100_000), gidMappings: rangeAt(200_000) });
    assert.equal(parseUserNamespace("host"), null);
    for (const text of ["", "auto", "1:2", "1:2:0", "1:2:3:4", "-1:2:3", "a:b:c"])
      assert.throws(() => parseUserNamespace(text), /UID:GID:SIZE/, text);
  });

  it("is a variable, whose value may be taken over from here", () => {
    process.env["GANTRY_TEST_VARIABLE"] = "here";
    const read = ["A=1", "B=", "C=x=y\nz", "A=2", "GANTRY_TEST_VARIABLE", "GANTRY_TEST_ABSENT"];
    const variables = read.reduce<ReadonlyMap<string, string> | undefined>(
      (before, text) => collectVariables(text, before),
      undefined,
    );
    delete process.env["GANTRY_TEST_VARIABLE"];
    assert.deepEqual(
      [...(variables ?? [])],
      [
        ["A", "2"],
        ["B", ""],
        ["C", "x=y\nz"],
        ["GANTRY_TEST_VARIABLE", "here"],
      ],
    );
    assert.throws(() => collectVariables("=x"), /NAME=VALUE/);
  });
});
