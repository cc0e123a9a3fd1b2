import { type ErrorKind, OperationError } from "@gantry/api";

/** SQLite's primary result codes (https://sqlite.org/rescode.html) that say more than that something is wrong with us. */
const kinds: ReadonlyMap<number, ErrorKind> = new Map([
  [8, "permission-denied"], // SQLITE_READONLY
  [11, "data-loss"], // SQLITE_CORRUPT
  [13, "resource-exhausted"], // SQLITE_FULL
  [26, "data-loss"], // SQLITE_NOTADB
]);

/** The error to reject with after SQLite failed; `error` itself when it is not SQLite's. */
export function databaseError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return error;
  // The low byte is the primary code, what is above it narrows it down.
  const kind = kinds.get(error.errcode & 0xff) ?? "internal";
  return new OperationError(kind, { type: "content", id: path }, `the metadata database failed: ${error.message}`, {
    cause: error,
  });
}
