import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isObject, parseJson } from "./lossless-json.ts";
import { checkResources } from "./resources.ts";
import { throwsWith } from "./testing/throws.ts";

describe("checkResources", () => {
  it("takes objects, and leaves their limits to the OCI runtime", () => {
    checkResources({});
    checkResources({ memory: { limit: 1 }, cpu: {}, pids: { limit: -1 }, other: 5 });
  });

  for (const [name, value] of [
    ["memory.limit", { memory: { limit: "much" } }],
    ["memory.limit", { memory: { limit: null } }],
    ["cpu.quota", { cpu: { quota: 1.5 } }],
    ["pids.limit", { pids: { limit: [] } }],
  ] as const) {
    it(`rejects ${JSON.stringify(value)} with invalid-argument that names it`, () => {
      assert.equal(throwsWith("invalid-argument", () => checkResources(value)).subject.id, `linux.resources.${name}`);
    });
  }

  it("takes an integer that a double does not hold", () => {
    const resources = parseJson('{"memory":{"limit":9223372036854775807}}');
    assert.ok(isObject(resources));
    checkResources(resources);
  });

  for (const name of ["memory", "cpu", "pids", "blockIO"]) {
    for (const value of [null, 5, "x", []]) {
      it(`rejects ${JSON.stringify({ [name]: value })} with invalid-argument that names it`, () => {
        const error = throwsWith("invalid-argument", () => checkResources({ [name]: value }));
        assert.equal(error.subject.id, `linux.resources.${name}`);
      });
    }
  }
});
