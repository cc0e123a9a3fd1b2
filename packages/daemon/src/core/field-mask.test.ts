import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isOperationError } from "@gantry/api";
import { applyMask } from "./field-mask.ts";

const subject = { type: "container", id: "x" } as const;
const present = {
  labels: new Map([
    ["a", "1"],
    ["b.c/d", "2"],
  ]),
  extensions: new Map([["e", "3"]]),
};

describe("applyMask", () => {
  it("replaces the first map as a whole without paths", () => {
    const changed = applyMask(subject, present, {
      change: { labels: new Map([["z", "9"]]), extensions: new Map() },
      paths: [],
    });
    assert.deepEqual(changed, { labels: new Map([["z", "9"]]), extensions: present.extensions });
  });

  it("sets and deletes single keys, which may hold dots", () => {
    const change = { labels: new Map([["a", "new"]]), extensions: new Map() };
    const changed = applyMask(subject, present, { change, paths: ["labels.a", "labels.b.c/d", "extensions"] });
    assert.deepEqual(changed, { labels: new Map([["a", "new"]]), extensions: new Map() });
  });

  for (const path of ["image", "labels.", "", "constructor", "__proto__.x"]) {
    it(`rejects the path ${JSON.stringify(path)} with invalid-argument`, () => {
      const apply = () => applyMask(subject, present, { change: present, paths: [path] });
      assert.throws(
        apply,
        (error) => isOperationError(error, "invalid-argument") && error.message.includes("labels.KEY"),
      );
    });
  }
});
