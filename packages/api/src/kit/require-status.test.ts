import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OperationError } from "../errors.ts";
import { requireStatus } from "./require-status.ts";

const subject = { type: "container", id: "c1" } as const;
const wish = { doing: "kill", expected: ["running", "paused"] } as const;

describe("requireStatus", () => {
  it("lets pass what stands where it should", () => {
    requireStatus(subject, "paused", wish);
  });

  it("names where it stands, and where it would have to", () => {
    assert.throws(
      () => requireStatus(subject, "stopped", wish),
      (error: unknown) => {
        assert.ok(error instanceof OperationError);
        assert.equal(error.kind, "failed-precondition");
        assert.equal(error.message, 'container "c1": cannot kill while stopped, expected running or paused');
        return true;
      },
    );
  });
});
