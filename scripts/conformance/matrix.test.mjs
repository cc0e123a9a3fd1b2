import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { buildMatrices } from "./matrix.mjs";
import { renderMatrix } from "./render.mjs";

const record = (path, outcome, more = {}) => ({ path, outcome, diagnostics: [], ...more });

describe("the conformance matrix", () => {
  it("has a row a case and a column an implementation", () => {
    const { matrices, strays } = buildMatrices([
      record(["snapshotter: memory", "prepare makes a snapshot"], "passed"),
      record(["snapshotter: overlay", "prepare makes a snapshot"], "failed", { error: "no mount" }),
      record(["snapshotter: memory", "usage counts"], "passed", { diagnostics: ["unimplemented", "no quotas"] }),
      record(["snapshotter: overlay", "usage counts"], "skipped", { reason: "needs root" }),
      record(["runtime: linux", "create"], "known-failure", { reason: "runc bug" }),
    ]);
    assert.deepEqual(strays, []);
    assert.equal(
      matrices.map(renderMatrix).join("\n"),
      [
        "snapshotter               memory      overlay",
        "------------------------  ----------  --------",
        "prepare makes a snapshot  pass        FAIL [1]",
        "usage counts              unimpl [2]  skip [3]",
        "  [1] FAIL: no mount",
        "  [2] unimplemented: no quotas",
        "  [3] skipped: needs root",
        "memory: 1 pass, 1 unimplemented",
        "overlay: 1 FAIL, 1 skipped",
        "runtime  linux",
        "-------  ---------",
        "create   known [1]",
        "  [1] known failure: runc bug",
        "linux: 1 known failure",
      ].join("\n"),
    );
  });

  it("gives one note to a reason that stands in several cells", () => {
    const records = ["a", "b"].map((title) => record(["x: y", title], "skipped", { reason: "needs root" }));
    const text = renderMatrix(buildMatrices(records).matrices[0]);
    assert.equal(text.match(/needs root/g)?.length, 1);
  });

  it("shows a case that an implementation did not run as a dash", () => {
    const { matrices } = buildMatrices([record(["x: y", "a"], "passed"), record(["x: z", "b"], "passed")]);
    assert.match(renderMatrix(matrices[0]), /^a\s+pass\s+-$/m);
  });

  it("keeps a suite that was skipped whole", () => {
    const { matrices } = buildMatrices([record(["x: y"], "skipped", { reason: "no runc" })]);
    assert.match(renderMatrix(matrices[0]), /\(the whole suite\)\s+skip \[1\]/);
  });

  it("reports a file that failed outside any suite", () => {
    const crash = record([], "failed", { error: "exit status 1" });
    assert.deepEqual(buildMatrices([crash]), { matrices: [], strays: [crash] });
  });
});
