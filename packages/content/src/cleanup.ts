import { OperationError } from "@gantry/api";

/** The error with what failed while undoing the work; where nothing did, the error itself. */
export function withCleanup(error: unknown, cleanup: readonly unknown[]): unknown {
  if (cleanup.length === 0 || !(error instanceof OperationError)) return error;
  const { kind, subject, detail, cause } = error;
  return new OperationError(kind, subject, detail, { cause, cleanup: [...error.cleanup, ...cleanup] });
}
