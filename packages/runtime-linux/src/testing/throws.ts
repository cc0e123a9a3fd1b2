import assert from "node:assert/strict";
import { type ErrorKind, OperationError } from "@gantry/api";

/** Asserts that `call` throws an `OperationError` of `kind`, and gives the error. */
export function throwsWith(kind: ErrorKind, call: () => unknown): OperationError {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof OperationError, `threw something else than an OperationError: ${error}`);
    assert.equal(error.kind, kind, error.message);
    return error;
  }
  assert.fail(`threw nothing, expected ${kind}`);
}
