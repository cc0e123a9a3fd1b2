import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { objectOf, textAt } from "./request-text.ts";

describe("textAt", () => {
  const cases: readonly (readonly [object, string, string])[] = [
    [{ name: "a" }, "name", "a"],
    [{ namespace: { name: "a" } }, "namespace.name", "a"],
    [{ namespace: undefined }, "namespace.name", ""],
    [{ name: 5 }, "name", ""],
    [{}, "constructor.name", ""],
  ];
  for (const [message, path, expected] of cases) {
    it(`finds ${JSON.stringify(expected)} at ${path} of ${JSON.stringify(message)}`, () => {
      assert.equal(textAt(message, path), expected);
    });
  }
});

describe("objectOf", () => {
  const cases: readonly (readonly [object, string])[] = [
    [{ container: { id: "box" } }, "box"],
    [{ id: "box", execId: "shell" }, "box/shell"],
    [{ request: { case: "attach", value: { id: "box", execId: "" } } }, "box"],
    [{ snapshotter: "overlay", key: "k", name: "n" }, "k"],
    [{ dryRun: true }, ""],
  ];
  for (const [message, expected] of cases) {
    it(`is ${JSON.stringify(expected)} for ${JSON.stringify(message)}`, () =>
      assert.equal(objectOf(message), expected));
  }
});
