import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { labelsFrom, labelsToText, recordFrom } from "./record.ts";

const row = {
  id: 7,
  name: "name",
  kind: "committed",
  readonly: 0,
  parent_id: null,
  parent: null,
  labels: '[["a","1"]]',
  created_at: 1000,
  updated_at: 2000,
  size_bytes: "9007199254740993",
  inodes: "3",
};

describe("recordFrom", () => {
  it("reads a row, sizes exactly", () => {
    assert.deepEqual(recordFrom(row), {
      id: 7,
      name: "name",
      kind: "committed",
      readonly: false,
      parentId: null,
      parent: null,
      labels: new Map([["a", "1"]]),
      createdAt: new Date(1000),
      updatedAt: new Date(2000),
      usage: { sizeBytes: 9007199254740993n, inodes: 3n },
    });
    assert.equal(recordFrom({ ...row, size_bytes: null, inodes: null }).usage, null);
  });

  it("throws a TypeError that names the column where a row is not as the schema says", () => {
    assert.throws(() => recordFrom({ ...row, id: "7" }), { name: "TypeError", message: /column id/ });
    assert.throws(() => recordFrom({ ...row, name: 7 }), { name: "TypeError", message: /column name/ });
  });
});

describe("labelsFrom", () => {
  it("gives back every string, whatever is in it", () => {
    const labels = new Map([
      ["__proto__", "\0"],
      ["\ud800", '" \\ \n'],
    ]);
    assert.deepEqual(labelsFrom(labelsToText(labels)), labels);
  });

  it("throws a TypeError for anything but pairs of strings", () => {
    for (const text of ["{}", "[1]", '[["a"]]', '[["a",1]]', "null"]) {
      assert.throws(() => labelsFrom(text), TypeError, text);
    }
  });
});
