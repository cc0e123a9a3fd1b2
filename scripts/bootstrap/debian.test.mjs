import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { explainMissing, missingPackages } from "./debian.mjs";

describe("the Debian packages", () => {
  const none = () => false;

  it("are missing when the files they bring are", () => {
    const task = { debian: ["runc", "busybox-static"] };
    assert.deepEqual(missingPackages(task, { exists: none, onDebian: true }), ["libatomic1", "runc", "busybox-static"]);
    assert.deepEqual(missingPackages(task, { exists: () => true, onDebian: true }), []);
  });

  it("are only those of the task, and what every task needs", () => {
    assert.deepEqual(missingPackages({}, { exists: none, onDebian: true }), ["libatomic1"]);
  });

  it("do not take the busybox of another package for the static one on Debian", () => {
    const exists = (file) => file === "/bin/busybox" || file.includes("libatomic");
    const task = { debian: ["busybox-static"] };
    assert.deepEqual(missingPackages(task, { exists, onDebian: true }), ["busybox-static"]);
    assert.deepEqual(missingPackages(task, { exists, onDebian: false }), []);
  });

  it("are found by their programs elsewhere, where libraries come in other packages", () => {
    const exists = (file) => file === "/usr/local/bin/runc";
    assert.deepEqual(missingPackages({ debian: ["runc", "conmon"] }, { exists, onDebian: false }), ["conmon"]);
  });

  it("limit a task that can go on, and end one that cannot", () => {
    assert.deepEqual(explainMissing(["runc"], {}, "no root"), {
      canRun: true,
      text: "missing: runc; no root; what needs them is skipped or refused",
    });
    assert.equal(explainMissing(["runc"], { needsDebian: true }, "no root").canRun, false);
    assert.equal(explainMissing(["libatomic1"], {}, "no root").canRun, false);
  });
});
