import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findWorse } from "./bars.mjs";

const line = (figures) => ({ package: "@gantry/sys", ...figures });

describe("findWorse", () => {
  it("accepts every figure within its bar, however it moved", () => {
    assert.deepEqual(findWorse(line({ fileLinesMedian: 119, testsPerSource: 1.3 }), line({ fileLinesMedian: 20 })), []);
  });

  it("holds a package that was never accepted to the bars", () => {
    assert.deepEqual(findWorse(line({ any: 1 }), undefined), ["@gantry/sys: any is 1, expected at most 0"]);
  });

  it("accepts what is beyond the bar as long as it does not get worse than accepted", () => {
    assert.deepEqual(findWorse(line({ any: 3, testsPerSource: 0.5 }), line({ any: 3, testsPerSource: 0.5 })), []);
  });

  it("reports what is beyond the bar and got worse, in either direction", () => {
    assert.deepEqual(findWorse(line({ any: 4, testsPerSource: 0.4 }), line({ any: 3, testsPerSource: 0.5 })), [
      "@gantry/sys: any is 4, expected at most 3",
      "@gantry/sys: testsPerSource is 0.4, expected at least 0.5",
    ]);
  });

  it("leaves out figures that do not apply", () => {
    assert.deepEqual(findWorse(line({ exports: null }), undefined), []);
  });

  it("allows the contract package more exports than the others", () => {
    assert.deepEqual(findWorse({ package: "@gantry/api", exports: 45 }, undefined), []);
    assert.equal(findWorse(line({ exports: 45 }), undefined).length, 1);
  });
});
