import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { errnoSymbol, SystemError } from "./system-error.ts";

describe("SystemError", () => {
  it("names the call, the path, the reason and the symbol in its message", () => {
    const error = new SystemError("ENOENT", "umount", { path: "/x y" });
    assert.equal(error.message, 'umount "/x y": no such file or directory (ENOENT)');
    assert.equal(error.errno, "ENOENT");
    assert.equal(error.code, "ENOENT");
    assert.equal(error.syscall, "umount");
    assert.equal(error.path, "/x y");
  });

  it("prefers the attempt and the reason it was given", () => {
    const error = new SystemError("EINVAL", "mount", {
      path: "/x",
      attempt: 'mount overlay on "/x"',
      reason: "too much",
    });
    assert.equal(error.message, 'mount overlay on "/x": too much (EINVAL)');
  });

  it("describes errors that libuv has no text for", () => {
    assert.equal(new SystemError("EDQUOT", "write").message, "write: disk quota exceeded (EDQUOT)");
    assert.equal(new SystemError("E999", "write").message, "write: failed (E999)");
  });

  it("keeps all it says when told what failed while undoing", () => {
    const undo = new SystemError("EBUSY", "umount");
    const error = new SystemError("EINVAL", "mount", { path: "/x", reason: "why" });
    const combined = error.withCleanup([undo]);
    assert.equal(combined.message, error.message);
    assert.equal(combined.path, "/x");
    assert.deepEqual(combined.cleanup, [undo]);
    assert.equal(combined.cause, error);
  });
});

describe("errnoSymbol", () => {
  it("gives the symbol that Node shows where a number has two", () => assert.equal(errnoSymbol(11), "EAGAIN"));
  it("knows numbers that only Linux file systems use", () => assert.equal(errnoSymbol(117), "EUCLEAN"));
  it("shows a number without a symbol", () => assert.equal(errnoSymbol(9999), "E9999"));
});
