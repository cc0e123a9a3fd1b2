import { OperationError } from "@gantry/api";
import { snapshotSubject } from "./names.ts";

/** Gives a driver's error the name that the caller knows, since a driver knows ids alone; others stay as they are. */
export function named(name: string, error: unknown): unknown {
  if (!(error instanceof OperationError) || error.subject.type !== "snapshotter") {
    return error;
  }
  const { kind, detail, cause, cleanup } = error;
  return new OperationError(kind, snapshotSubject(name), detail, { cause, cleanup });
}

/** Adds what failed while undoing. What an aborted signal gave as its reason belongs to the caller and is not changed. */
export function withCleanup(error: unknown, failures: readonly unknown[]): unknown {
  if (!(error instanceof OperationError) || failures.length === 0) {
    return error;
  }
  const { kind, subject, detail, cause } = error;
  return new OperationError(kind, subject, detail, { cause, cleanup: [...error.cleanup, ...failures] });
}
