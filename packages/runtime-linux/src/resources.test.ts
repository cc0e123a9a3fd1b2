import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkResources } from "./resources.ts";
import { throwsWith } from "./testing/throws.ts";

describe("checkResources", () => {
  it("takes objects, and leaves their limits to the OCI runtime", () => {
    checkResources({});
    checkResources({ memory: { limit: 1 }, cpu: {}, pids: { limit: -1 }, other: 5 });
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
