import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { OciProcess } from "../spec/oci.ts";
import { checkProcess } from "./check-process.ts";
import { requireProperty } from "./require-property.ts";

const args = ["sh"];

describe("checkProcess", () => {
  it("lets pass what has args, and env and cwd of their form or not at all", () => {
    checkProcess({ args });
    checkProcess({ args, cwd: "/", env: ["A=", "B=c=d"] });
  });

  const wrong: readonly [string, OciProcess][] = [
    ["process.args", {}],
    ["process.args", { args: [] }],
    ["process.args", { args: [""] }],
    ["process.args", { args: ["a\0b"] }],
    ["process.env", { args, env: ["A"] }],
    ["process.env", { args, env: ["=a"] }],
    ["process.env", { args, env: ["A=\0"] }],
    ["process.cwd", { args, cwd: "" }],
    ["process.cwd", { args, cwd: "relative" }],
  ];
  for (const [property, process] of wrong) {
    it(`names ${property} of ${JSON.stringify(process)}`, () => {
      const expected = { kind: "invalid-argument", subject: { type: "spec", id: property } };
      assert.throws(() => checkProcess(process), expected);
    });
  }
});

describe("requireProperty", () => {
  it("throws an error of the kind that is asked for, about the property", () => {
    requireProperty("rootfs", true, "does not exist");
    const expected = { kind: "not-found", message: 'spec "rootfs": does not exist' };
    assert.throws(() => requireProperty("rootfs", "", { kind: "not-found", detail: "does not exist" }), expected);
  });
});
