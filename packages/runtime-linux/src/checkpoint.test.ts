import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OperationError } from "@gantry/api";
import { withCriuErrors } from "./checkpoint.ts";

describe("withCriuErrors", () => {
  const subject = { type: "container", id: "c1" } as const;
  const failure = new OperationError("internal", subject, "runc checkpoint: criu failed", {
    cause: "runc",
    cleanup: [1],
  });

  it("says what CRIU logged behind what runc says, and keeps all else", () => {
    const error = withCriuErrors(failure, "(00.1) Error (criu/net.c:1): net: no iptables\n(00.2) Warn (a): b\n");
    assert.equal(error.detail, "runc checkpoint: criu failed: net: no iptables");
    assert.deepEqual([error.kind, error.subject, error.cause, error.cleanup], ["internal", subject, "runc", [1]]);
  });

  it("leaves an error as it is where CRIU logged none", () => {
    assert.equal(withCriuErrors(failure, ""), failure);
  });
});
