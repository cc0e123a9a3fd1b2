import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { objectText, parseObject } from "./objects.ts";

const digest = `sha256:${"a".repeat(64)}`;

describe("parseObject", () => {
  const cases: Readonly<Record<string, { type: string; id: string }>> = {
    [`content:${digest}`]: { type: "content", id: digest },
    "image:docker.io/library/busybox:latest": { type: "image", id: "docker.io/library/busybox:latest" },
    "snapshot:web": { type: "snapshot", id: "web" },
    [`snapshot/overlay:${digest}`]: { type: "snapshot/overlay", id: digest },
  };
  for (const [text, object] of Object.entries(cases)) {
    it(`reads ${text.slice(0, 40)}, and writes it again`, () => {
      assert.deepEqual(parseObject(text), object);
      assert.equal(objectText(object), text);
    });
  }

  it("takes a digest alone for content", () => assert.deepEqual(parseObject(digest), { type: "content", id: digest }));

  it("refuses what names no object", () => {
    for (const text of ["", "content", ":x", "image:"])
      assert.throws(() => parseObject(text), /expected TYPE:ID/, text);
  });
});
