import assert from "node:assert/strict";
import { win32 } from "node:path";
import { describe, it } from "node:test";
import { OperationError } from "@gantry/api";
import { parseWindowsLayerMount, windowsLayerMount } from "./mount-value.ts";

const snapshots = win32.join("C:\\gantry", "snapshots");
const nine = win32.join(snapshots, "9");
const parents = [win32.join(snapshots, "7"), win32.join(snapshots, "3")];

describe("windowsLayerMount", () => {
  it("names parents nearest first, as JSON with escaped backslashes", () => {
    assert.deepEqual(windowsLayerMount({ source: nine, parents, readonly: false }), {
      type: "windows-layer",
      source: "C:\\gantry\\snapshots\\9",
      target: "",
      options: ["rw", String.raw`parentLayerPaths=["C:\\gantry\\snapshots\\7","C:\\gantry\\snapshots\\3"]`],
    });
  });

  it("names no parents of a base layer", () => {
    assert.deepEqual(windowsLayerMount({ source: nine, parents: [], readonly: true }).options, ["ro"]);
  });
});

describe("parseWindowsLayerMount", () => {
  it("reads what windowsLayerMount made", () => {
    for (const layer of [
      { source: nine, parents, readonly: true },
      { source: nine, parents: [], readonly: false },
    ]) {
      assert.deepEqual(parseWindowsLayerMount(windowsLayerMount(layer)), layer);
    }
  });

  it("rejects other mounts with invalid-argument", () => {
    const sound = windowsLayerMount({ source: nine, parents, readonly: false });
    for (const change of [
      { type: "CimFS" },
      { target: "below" },
      { options: ["rw", "unknown"] },
      { options: ["parentLayerPaths=[1]"] },
      { options: ["parentLayerPaths=["] },
    ]) {
      const isRefused = (error: unknown) => error instanceof OperationError && error.kind === "invalid-argument";
      assert.throws(() => parseWindowsLayerMount({ ...sound, ...change }), isRefused, JSON.stringify(change));
    }
  });
});
