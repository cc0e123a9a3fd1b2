import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeSupervision } from "./supervision.ts";

describe("describeSupervision", () => {
  const nothing = {
    ...{ desired: null, run: 1, restarts: 0, restartAt: null, crashLoop: false, health: null },
    ...{ failedChecks: 0, checkOutput: "", restartError: "" },
  };
  const now = new Date(1_000_000);

  it("says nothing of a container that is left alone", () => {
    assert.equal(describeSupervision(nothing, now), "");
  });

  it("says how it fares, how often it was restarted, and when it will be", () => {
    assert.equal(describeSupervision({ ...nothing, health: "healthy", restarts: 1 }, now), ", healthy, 1 restart");
    const looping = { ...nothing, restarts: 7, crashLoop: true, restartAt: new Date(1_001_500) };
    assert.equal(describeSupervision(looping, now), ", 7 restarts, crash loop, next start in 2 s");
    assert.match(describeSupervision({ ...nothing, restartAt: new Date(0) }, now), /in 0 s/);
    assert.match(describeSupervision({ ...nothing, health: "starting" }, now), /not known yet/);
  });
});
