import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isOperationError, OperationError } from "@gantry/api";
import { fileError } from "./file-error.ts";

const subject = { type: "snapshotter", id: "/root" } as const;

function systemError(code: string): Error {
  return Object.assign(new TypeError(`${code}: failed`), { code });
}

describe("fileError", () => {
  it("gives numbers of one meaning their kind, and every other one internal", () => {
    const kinds = { ENOSPC: "resource-exhausted", EDQUOT: "resource-exhausted", EACCES: "permission-denied" } as const;
    for (const [code, kind] of Object.entries(kinds)) {
      assert.ok(isOperationError(fileError(subject, "cannot be made", systemError(code)), kind), code);
    }
    assert.ok(isOperationError(fileError(subject, "cannot be made", systemError("ENOENT")), "internal"));
  });

  it("keeps the cause and says what was tried", () => {
    const cause = systemError("ENOSPC");
    const error = fileError(subject, "cannot be made", cause);
    assert.ok(error instanceof OperationError);
    assert.equal(error.cause, cause);
    assert.equal(error.message, 'snapshotter "/root": cannot be made: ENOSPC: failed');
  });

  it("leaves an OperationError, an abort and everything else as they are", () => {
    const operation = new OperationError("not-found", subject, "is gone");
    const abort = new DOMException("stopped", "AbortError");
    for (const error of [operation, abort, "reason", undefined, new TypeError("mistake")]) {
      assert.equal(fileError(subject, "cannot be made", error), error);
    }
  });
});
