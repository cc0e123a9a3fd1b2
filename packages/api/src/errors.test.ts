import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { errorKinds, isOperationError, OperationError } from "./errors.ts";

const subject = { type: "snapshot", id: 'a "key"\n' } as const;

describe("OperationError", () => {
  it("says in one line what it speaks of and what happened", () => {
    const error = new OperationError("not-found", subject, "does not exist");
    assert.equal(error.message, 'snapshot "a \\"key\\"\\n": does not exist');
    assert.equal(String(error), `OperationError: ${error.message}`);
  });

  it("keeps its parts", () => {
    const cause = new Error("ENOENT");
    const cleanup = [new Error("busy")];
    const error = new OperationError("internal", subject, "cannot be read", { cause, cleanup });
    assert.ok(error instanceof Error);
    const { kind, detail } = error;
    assert.deepEqual(
      [kind, error.subject, detail, error.cause, error.cleanup],
      ["internal", subject, "cannot be read", cause, cleanup],
    );
  });

  it("has no cause and an empty cleanup unless told", () => {
    const error = new OperationError("aborted", subject, "lost a race");
    assert.equal(Object.hasOwn(error, "cause"), false);
    assert.deepEqual(error.cleanup, []);
  });

  it("keeps a cause of undefined, which is what was thrown", () => {
    assert.equal(Object.hasOwn(new OperationError("internal", subject, "failed", { cause: undefined }), "cause"), true);
  });
});

describe("isOperationError", () => {
  it("tells it from other errors and from other values", () => {
    assert.equal(isOperationError(new OperationError("aborted", subject, "")), true);
    for (const other of [new Error("aborted"), { kind: "aborted" }, null, undefined, "aborted"]) {
      assert.equal(isOperationError(other), false);
    }
  });

  it("knows the error of another copy of this package, which a plug-in brings along", async () => {
    const copy: typeof import("./errors.ts") = await import(`./errors.ts?copy=${Date.now()}`);
    const error = new copy.OperationError("aborted", subject, "lost a race");
    assert.notEqual(copy.OperationError, OperationError);
    assert.equal(isOperationError(error, "aborted"), true);
    assert.equal(isOperationError(error, "internal"), false);
    assert.ok(error instanceof OperationError);
  });

  it("tells whether the kind is one of those given", () => {
    for (const kind of errorKinds) {
      const error = new OperationError(kind, subject, "");
      const others = errorKinds.filter((other) => other !== kind);
      assert.equal(isOperationError(error, kind), true);
      assert.equal(isOperationError(error, ...others), false);
      assert.equal(isOperationError(error, ...errorKinds), true);
    }
  });
});
