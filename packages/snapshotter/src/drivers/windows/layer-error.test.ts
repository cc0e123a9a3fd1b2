import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OperationError } from "@gantry/api";
import { answered, LayerCallError, layerCode, layerFailure } from "./layer-error.ts";

const subject = { type: "snapshotter", id: "C:\\gantry" } as const;

describe("LayerCallError", () => {
  it("takes a Win32 error out of its HRESULT, signed or not", () => {
    for (const result of [0x20, 0x80070020, 0x80070020 | 0]) {
      assert.equal(new LayerCallError("DestroyLayer", result).code, layerCode.sharingViolation);
    }
  });

  it("keeps other HRESULTs, unsigned", () => {
    assert.equal(new LayerCallError("PrepareLayer", 0xc0370105 | 0).code, layerCode.invalidState);
  });

  it("names call, code and place", () => {
    const error = new LayerCallError("ActivateLayer", 0x80070015, "C:\\layer");
    assert.equal(error.message, "ActivateLayer failed with 0x15 (C:\\layer)");
    assert.ok(answered(error, layerCode.notFound, layerCode.notReady));
    assert.ok(!answered(new Error("other"), layerCode.notReady));
  });
});

describe("layerFailure", () => {
  it("gives each code its kind, and internal to those without", () => {
    const kinds = { 2: "data-loss", 112: "resource-exhausted", 1314: "permission-denied", 4660: "internal" };
    for (const [code, kind] of Object.entries(kinds)) {
      const error = layerFailure(subject, "cannot be made", new LayerCallError("ImportLayer", Number(code)));
      assert.ok(error instanceof OperationError);
      assert.equal(error.kind, kind);
    }
  });

  it("leaves what is no failure of a call as it is", () => {
    assert.equal(layerFailure(subject, "cannot be made", "enough"), "enough");
  });
});
