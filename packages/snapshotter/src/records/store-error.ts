import { type ErrorKind, OperationError, type Subject } from "@gantry/api";

/** Primary result codes of SQLite (sqlite.org/rescode.html) that say more than "failed". */
const kinds: ReadonlyMap<number, ErrorKind> = new Map([
  [3, "permission-denied"], // SQLITE_PERM
  [8, "permission-denied"], // SQLITE_READONLY
  [11, "data-loss"], // SQLITE_CORRUPT
  [13, "resource-exhausted"], // SQLITE_FULL
  [14, "permission-denied"], // SQLITE_CANTOPEN
  [26, "data-loss"], // SQLITE_NOTADB
]);

/** Extended result codes that say more than their primary code. */
const extendedKinds: ReadonlyMap<number, ErrorKind> = new Map([
  [4874, "resource-exhausted"], // SQLITE_IOERR_SHMSIZE: no room for the memory that the log's readers share
]);

/** Runs `work` and turns what SQLite throws into an `OperationError` about `path`. */
export function translatingStoreErrors<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof OperationError ? error : storeError(path, error);
  }
}

function storeError(path: string, error: unknown): OperationError {
  const subject: Subject = { type: "snapshotter", id: path };
  const reason = error instanceof Error ? error.message : String(error);
  // The lower byte is the primary code, the rest narrows it down.
  const code = error instanceof Error && "errcode" in error ? Number(error.errcode) : -1;
  const kind = extendedKinds.get(code) ?? kinds.get(code & 0xff) ?? "internal";
  return new OperationError(kind, subject, `the records failed: ${reason}`, { cause: error });
}
