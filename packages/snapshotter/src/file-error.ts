import { type ErrorKind, OperationError, type Subject } from "@gantry/api";
import { errnoOf } from "./errno.ts";

/** Error numbers that mean one thing whatever was called. ENOENT and the like are for those who made the call. */
const kinds: ReadonlyMap<string, ErrorKind> = new Map([
  ["ENOSPC", "resource-exhausted"],
  ["EDQUOT", "resource-exhausted"],
  ["EMFILE", "resource-exhausted"],
  ["ENFILE", "resource-exhausted"],
  ["ENOMEM", "resource-exhausted"],
  ["EACCES", "permission-denied"],
  ["EPERM", "permission-denied"],
  ["EROFS", "permission-denied"],
  ["EIO", "data-loss"],
  ["EUCLEAN", "data-loss"],
]);

/**
 * Makes an `OperationError` of what a call to the file system threw. An `OperationError`, and what an aborted signal
 * gave as its reason, stay as they are.
 */
export function fileError(subject: Subject, detail: string, error: unknown): unknown {
  const errno = errnoOf(error);
  if (error instanceof OperationError || errno === undefined || !/^E[A-Z0-9]+$/.test(errno)) {
    return error;
  }
  const reason = error instanceof Error ? error.message : errno;
  return new OperationError(kinds.get(errno) ?? "internal", subject, `${detail}: ${reason}`, { cause: error });
}
