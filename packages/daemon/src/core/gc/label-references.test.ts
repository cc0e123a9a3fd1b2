import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gcLabel, labelReferences } from "./label-references.ts";

const digest = "sha256:00";

/** A label's name behind the prefix, its value, and what it comes to. */
const references: readonly (readonly [name: string, value: string, type: string])[] = [
  ["content", digest, "content"],
  ["content.l.0", digest, "content"],
  ["content/config", digest, "content"],
  ["image", "docker.io/library/box:1", "image"],
  ["snapshot.overlay", "key", "snapshot/overlay"],
  ["snapshot.overlay/a", "key", "snapshot/overlay"],
  ["snapshot.my.own/x/y", "key", "snapshot/my.own"],
  ["container", "web", "container"],
];

describe("labelReferences", () => {
  for (const prefix of ["gantry.dev/gc.", "containerd.io/gc."]) {
    for (const [name, value, type] of references) {
      it(`reads ${prefix}ref.${name} and the same with bref`, () => {
        const forward = `${prefix}ref.${name}`;
        const back = `${prefix}bref.${name}`;
        const { root, keeps, keptBy } = labelReferences(
          new Map([
            [forward, value],
            [back, value],
          ]),
        );
        assert.equal(root, null);
        assert.deepEqual(keeps, [{ to: { type, id: value }, why: `label ${forward}` }]);
        assert.deepEqual(keptBy, [{ to: { type, id: value }, why: `label ${back}` }]);
      });
    }

    it(`takes ${prefix}root for a root, unless it is empty`, () => {
      assert.equal(labelReferences(new Map([[`${prefix}root`, "2026-01-01"]])).root, `${prefix}root`);
      assert.equal(labelReferences(new Map([[`${prefix}root`, ""]])).root, null);
    });
  }

  it("passes over everything else", () => {
    const labels = [
      "a",
      "gantry.dev/gc.ref.snapshot",
      "gantry.dev/gc.ref.contents",
      "gc.root",
      "gantry.dev/gc.ref.Image",
    ];
    const found = labelReferences(new Map(labels.map((label) => [label, "x"])));
    assert.deepEqual(found, { root: null, keeps: [], keptBy: [] });
  });
});

describe("gcLabel", () => {
  it("finds a label under either name, ours first", () => {
    const both = new Map([
      ["containerd.io/gc.flat", "theirs"],
      ["gantry.dev/gc.flat", "ours"],
    ]);
    assert.equal(gcLabel(both, "flat"), "ours");
    assert.equal(gcLabel(new Map([["containerd.io/gc.flat", ""]]), "flat"), "");
    assert.equal(gcLabel(both, "expire"), undefined);
  });
});
