import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OperationError } from "@gantry/api";
import { named, withCleanup } from "./driver-error.ts";

const cause = new TypeError("cause");
const fromDriver = new OperationError("data-loss", { type: "snapshotter", id: "/root" }, "is gone", { cause });

describe("named", () => {
  it("puts the snapshot in the place of the root and keeps the rest", () => {
    const error = named("key", fromDriver);
    assert.ok(error instanceof OperationError);
    assert.deepEqual(error.subject, { type: "snapshot", id: "key" });
    assert.deepEqual([error.kind, error.detail, error.cause], ["data-loss", "is gone", cause]);
  });

  it("leaves errors about a snapshot, and everything else, as they are", () => {
    const own = new OperationError("not-found", { type: "snapshot", id: "other" }, "does not exist");
    for (const error of [own, cause, "reason", undefined]) {
      assert.equal(named("key", error), error);
    }
  });
});

describe("withCleanup", () => {
  it("adds what failed while undoing", () => {
    const error = withCleanup(withCleanup(fromDriver, ["one"]), ["two"]);
    assert.ok(error instanceof OperationError);
    assert.deepEqual(error.cleanup, ["one", "two"]);
    assert.equal(error.cause, cause);
  });

  it("leaves an error alone when nothing failed, and the reason of an abort always", () => {
    assert.equal(withCleanup(fromDriver, []), fromDriver);
    assert.equal(withCleanup("reason", ["one"]), "reason");
  });
});
