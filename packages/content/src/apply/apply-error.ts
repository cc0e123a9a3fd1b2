import { type ErrorKind, OperationError, type Subject } from "@gantry/api";
import { errnoOf } from "../file-error.ts";
import { shownName } from "../tar/byte-string.ts";
import type { TarEntry } from "../tar/tar-entry.ts";

/** What an errno says while an entry is made from whatever an archive holds: mostly something about the archive. */
const kinds: ReadonlyMap<string, ErrorKind> = new Map([
  ["ENAMETOOLONG", "invalid-argument"],
  ["EINVAL", "invalid-argument"],
  ["EILSEQ", "invalid-argument"],
  ["EMLINK", "invalid-argument"],
  ["E2BIG", "invalid-argument"],
  ["ERANGE", "invalid-argument"],
  ["EFBIG", "resource-exhausted"],
  ["ENOSPC", "resource-exhausted"],
  ["EDQUOT", "resource-exhausted"],
  ["EMFILE", "resource-exhausted"],
  ["ENFILE", "resource-exhausted"],
  ["EACCES", "permission-denied"],
  ["EPERM", "permission-denied"],
  ["EROFS", "permission-denied"],
]);

/** The error for an entry that could not be made; `error` itself when it is none of the system's. */
export function applyError(error: unknown, subject: Subject, entry: TarEntry): unknown {
  if (error instanceof OperationError) return error;
  const errno = errnoOf(error);
  if (errno === undefined) return error;
  const detail = `entry ${shownName(entry.name)}: the file system refuses it (${errno})`;
  return new OperationError(kinds.get(errno) ?? "internal", subject, detail, { cause: error });
}
