import { type ErrorKind, OperationError, type Subject } from "@gantry/api";

/**
 * What an errno means wherever we write files of our own. ENOENT and EEXIST are not here on purpose: their meaning
 * depends on the call, so the caller handles them first.
 */
const kinds: ReadonlyMap<string, ErrorKind> = new Map([
  ["ENOSPC", "resource-exhausted"],
  ["EDQUOT", "resource-exhausted"],
  ["EMFILE", "resource-exhausted"],
  ["ENFILE", "resource-exhausted"],
  ["EACCES", "permission-denied"],
  ["EPERM", "permission-denied"],
  ["EROFS", "permission-denied"],
]);

/** The errno symbol that Node or the system-call layer put on an error, or `undefined`. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/**
 * The error to reject with after a failed file-system call; `error` itself when it is none of the system's.
 *
 * @param doing - what was tried, for the message: "cannot write the ingest"
 */
export function fileError(error: unknown, subject: Subject, doing: string): unknown {
  if (error instanceof OperationError) return error;
  const errno = errnoOf(error);
  if (errno === undefined) return error;
  return new OperationError(kinds.get(errno) ?? "internal", subject, `${doing} (${errno})`, { cause: error });
}
