import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonObject } from "./lossless-json.ts";
import { throwsWith } from "./testing/throws.ts";
import { hasHostId, hostIdOf, readUserNamespace } from "./user-namespace.ts";

const range = { containerID: 0, hostID: 100_000, size: 65_536 };
const withUser = (linux: JsonObject): JsonObject => ({ namespaces: [{ type: "pid" }, { type: "user" }], ...linux });

describe("readUserNamespace", () => {
  it("gives the ranges of a namespace of the container's own", () => {
    const linux = withUser({ uidMappings: [range], gidMappings: [range, { containerID: 65_536, hostID: 5, size: 1 }] });
    const found = readUserNamespace(linux);
    assert.deepEqual(found?.uids, [range]);
    assert.equal(found?.gids.length, 2);
  });

  it("finds none where there is none, or one of somebody else is joined", () => {
    assert.equal(readUserNamespace({}), null);
    assert.equal(readUserNamespace({ namespaces: [{ type: "pid" }] }), null);
    assert.equal(readUserNamespace({ namespaces: [{ type: "user", path: "/proc/7/ns/user" }] }), null);
  });

  const wrong: readonly (readonly [string, unknown, string])[] = [
    ["no ranges", undefined, "linux.uidMappings"],
    ["an empty list", [], "linux.uidMappings"],
    ["more ranges than the kernel takes", Array.from({ length: 341 }, () => range), "linux.uidMappings"],
    ["what is no range", [7], "linux.uidMappings[0]"],
    ["an empty range", [{ ...range, size: 0 }], "linux.uidMappings[0]"],
    ["a negative id", [range, { ...range, hostID: -1 }], "linux.uidMappings[1]"],
    ["half an id", [{ ...range, containerID: 0.5 }], "linux.uidMappings[0]"],
    ["ids as text", [{ ...range, hostID: "100000" }], "linux.uidMappings[0]"],
    ["a range beyond the last id", [{ ...range, hostID: 4_294_967_290 }], "linux.uidMappings[0]"],
    ["ranges that overlap inside", [range, { containerID: 65_535, hostID: 1, size: 1 }], "linux.uidMappings"],
    [
      "ranges that overlap on the host",
      [{ containerID: 70_000, hostID: 100_001, size: 1 }, range],
      "linux.uidMappings",
    ],
    ["no id for root", [{ ...range, containerID: 1 }], "linux.uidMappings"],
  ];
  for (const [title, uidMappings, property] of wrong) {
    it(`rejects ${title} with invalid-argument`, () => {
      const linux = withUser({ ...(uidMappings !== undefined && { uidMappings }), gidMappings: [range] } as JsonObject);
      const error = throwsWith("invalid-argument", () => readUserNamespace(linux));
      assert.deepEqual(error.subject, { type: "spec", id: property });
    });
  }
});

describe("ids", () => {
  const mappings = [range, { containerID: 70_000, hostID: 7, size: 2 }];

  it("are translated to those of the host", () => {
    assert.deepEqual(
      [0, 65_535, 65_536, 70_001, 70_002].map((id) => hostIdOf(mappings, id)),
      [100_000, 165_535, null, 8, null],
    );
  });

  it("of the host are told from those that the container has not", () => {
    assert.deepEqual(
      [0, 7, 9, 99_999, 100_000, 165_535, 165_536].map((id) => hasHostId(mappings, id)),
      [false, true, false, false, true, true, false],
    );
  });
});
