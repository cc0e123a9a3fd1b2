import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isOperationError } from "@gantry/api";
import { changedLabels } from "./label-change.ts";

const old = new Map([
  ["a", "1"],
  ["b", "2"],
]);

describe("changedLabels", () => {
  it("replaces all labels without paths", () => {
    assert.deepEqual(changedLabels("key", old, { labels: new Map([["c", "3"]]) }), new Map([["c", "3"]]));
  });

  it("changes nothing with an empty list of paths", () => {
    assert.deepEqual(changedLabels("key", old, { labels: new Map(), fieldPaths: [] }), old);
  });

  it("sets what a path names, deletes it where the change lacks it, and leaves the rest", () => {
    const labels = new Map([["a", "new"]]);
    const fieldPaths = ["labels.a", "labels.b", "labels.unknown"];
    assert.deepEqual(changedLabels("key", old, { labels, fieldPaths }), new Map([["a", "new"]]));
  });

  it("takes everything behind the first dot as the key", () => {
    const labels = new Map([["x.y.z", "1"]]);
    assert.equal(changedLabels("key", old, { labels, fieldPaths: ["labels.x.y.z"] }).get("x.y.z"), "1");
  });

  it("applies paths in order", () => {
    const labels = new Map([["c", "3"]]);
    assert.deepEqual(changedLabels("key", old, { labels, fieldPaths: ["labels.a", "labels"] }), labels);
  });

  it("leaves the old labels as they were", () => {
    changedLabels("key", old, { labels: new Map(), fieldPaths: ["labels.a"] });
    assert.equal(old.get("a"), "1");
  });

  it("throws invalid-argument that names any other path", () => {
    assert.throws(
      () => changedLabels("key", old, { labels: new Map(), fieldPaths: ["parent"] }),
      (error) => isOperationError(error, "invalid-argument") && error.message.includes('"parent"'),
    );
  });
});
