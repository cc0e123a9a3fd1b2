import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OperationError } from "@gantry/api";
import { SystemError } from "@gantry/sys";
import { errnoOf, hostError, hostSubject } from "./host-error.ts";

describe("hostError", () => {
  for (const [errno, kind] of [
    ["EACCES", "permission-denied"],
    ["EPERM", "permission-denied"],
    ["ENOSPC", "resource-exhausted"],
    ["EDQUOT", "resource-exhausted"],
    ["EMFILE", "resource-exhausted"],
    ["EAGAIN", "resource-exhausted"],
    ["ETIMEDOUT", "deadline-exceeded"],
    ["ENOENT", "internal"],
    ["EIO", "internal"],
  ] as const) {
    it(`takes ${errno} for ${kind}, and says what was tried`, () => {
      const cause = new SystemError(errno, "open", { path: "/x" });
      const error = hostError(cause, "write /x");
      assert.ok(error instanceof OperationError);
      assert.equal(error.kind, kind);
      assert.equal(error.cause, cause);
      assert.deepEqual(error.subject, hostSubject);
      assert.match(error.message, /cannot write \/x: .*/);
    });
  }

  it("gives an errno the meaning that the call gives it", () => {
    const error = hostError(new SystemError("ENOENT", "spawn"), "run /x", {
      special: { ENOENT: "failed-precondition" },
    });
    assert.ok(error instanceof OperationError && error.kind === "failed-precondition");
  });

  it("leaves alone what is no failure of the system", () => {
    const known = new OperationError("not-found", hostSubject, "gone");
    const abort = AbortSignal.abort().reason;
    for (const error of [known, abort, new TypeError("mistake"), "text"]) assert.equal(hostError(error, "try"), error);
  });
});

describe("errnoOf", () => {
  it("reads errors of Node and of the system, and no others", () => {
    assert.equal(errnoOf(new SystemError("EBUSY", "umount")), "EBUSY");
    assert.equal(errnoOf(Object.assign(new Error("x"), { code: "ENOENT" })), "ENOENT");
    for (const other of [new Error("x"), null, "ENOENT", { code: "ENOENT" }]) assert.equal(errnoOf(other), null);
  });
});
