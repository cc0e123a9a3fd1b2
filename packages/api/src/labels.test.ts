import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkLabels } from "./labels.ts";

const subject = { type: "image", id: "docker.io/library/busybox:latest" } as const;

describe("checkLabels", () => {
  it("returns the labels that it was given", () => {
    const labels = new Map([
      ["__proto__", ""],
      ["k", "v".repeat(4_095)],
    ]);
    assert.equal(checkLabels(subject, labels), labels);
    assert.deepEqual(checkLabels(subject, new Map()), new Map());
  });

  it("counts bytes of UTF-8, key and value together", () => {
    const most = new Map([["kü", "ü".repeat(2_046)]]);
    assert.throws(() => checkLabels(subject, new Map([["kü", `${"ü".repeat(2_046)}xx`]])), {
      kind: "invalid-argument",
    });
    assert.equal(checkLabels(subject, most), most);
  });

  it("rejects a label that is too long with invalid-argument, naming its key and the rule", () => {
    const key = `key-${"x".repeat(100)}`;
    assert.throws(
      () => checkLabels(subject, new Map([[key, "v".repeat(4_096)]])),
      (error) => {
        assert.ok(error instanceof Error);
        assert.match(error.message, /"key-x{60}" has 4200 bytes; .*4096 bytes at most/);
        return true;
      },
    );
  });

  it("rejects an empty key with invalid-argument", () => {
    assert.throws(() => checkLabels(subject, new Map([["", "value"]])), { kind: "invalid-argument", subject });
  });

  it("rejects more than 256 labels with invalid-argument, telling how many there are", () => {
    const labels = (count: number) => new Map(Array.from({ length: count }, (_, index) => [`k${index}`, ""]));
    assert.equal(checkLabels(subject, labels(256)).size, 256);
    assert.throws(() => checkLabels(subject, labels(257)), {
      kind: "invalid-argument",
      message: /has 257 labels.*256/,
    });
  });
});
