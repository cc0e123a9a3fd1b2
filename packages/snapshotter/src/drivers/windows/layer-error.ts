import { type ErrorKind, OperationError, type Subject } from "@gantry/api";
import { fileError } from "../../file-error.ts";

/** Codes of failed calls that a meaning here depends on; those of Win32 without the HRESULT around them. */
export const layerCode = {
  fileNotFound: 0x2,
  pathNotFound: 0x3,
  notReady: 0x15,
  sharingViolation: 0x20,
  invalidParameter: 0x57,
  alreadyExists: 0xb7,
  deviceNotConnected: 0x48f,
  notFound: 0x490,
  privilegeNotHeld: 0x522,
  invalidState: 0xc0370105,
} as const;

/** A call to Windows failed; `code` is what it answered. */
export class LayerCallError extends Error {
  override readonly name = "LayerCallError";
  /** The call, as Windows names it. */
  readonly call: string;
  /** A Win32 error (`0x20`), also where the call gave it as an HRESULT (`0x80070020`); else the HRESULT, unsigned. */
  readonly code: number;

  /** @param result - a Win32 error or an HRESULT, signed or not */
  constructor(call: string, result: number, what = "") {
    const code = withoutFacility(result >>> 0);
    super(`${call} failed with 0x${code.toString(16)}${what === "" ? "" : ` (${what})`}`);
    this.call = call;
    this.code = code;
  }
}

/** FACILITY_WIN32: the lower half is a Win32 error (winerror.h, HRESULT_FROM_WIN32). */
function withoutFacility(result: number): number {
  return result >>> 16 === 0x8007 ? result & 0xffff : result;
}

/** Whether `error` is of a call that answered one of `codes`. */
export function answered(error: unknown, ...codes: readonly number[]): boolean {
  return error instanceof LayerCallError && codes.includes(error.code);
}

const kinds: ReadonlyMap<number, ErrorKind> = new Map([
  [layerCode.fileNotFound, "data-loss"],
  [layerCode.pathNotFound, "data-loss"],
  // ERROR_CRC, ERROR_FILE_CORRUPT, ERROR_DISK_CORRUPT.
  [0x17, "data-loss"],
  [0x570, "data-loss"],
  [0x571, "data-loss"],
  // ERROR_TOO_MANY_OPEN_FILES, ERROR_NOT_ENOUGH_MEMORY, ERROR_OUTOFMEMORY, ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL,
  // ERROR_NO_SYSTEM_RESOURCES, ERROR_DISK_QUOTA_EXCEEDED.
  [0x4, "resource-exhausted"],
  [0x8, "resource-exhausted"],
  [0xe, "resource-exhausted"],
  [0x27, "resource-exhausted"],
  [0x70, "resource-exhausted"],
  [0x5aa, "resource-exhausted"],
  [0x50f, "resource-exhausted"],
  // ERROR_ACCESS_DENIED, ERROR_WRITE_PROTECT.
  [0x5, "permission-denied"],
  [0x13, "permission-denied"],
  [layerCode.privilegeNotHeld, "permission-denied"],
  // Somebody has a file of the layer open, or shows the layer; ERROR_LOCK_VIOLATION and ERROR_BUSY likewise.
  [layerCode.sharingViolation, "failed-precondition"],
  [0x21, "failed-precondition"],
  [0xaa, "failed-precondition"],
  [layerCode.invalidState, "failed-precondition"],
  [layerCode.notReady, "unavailable"],
  [layerCode.deviceNotConnected, "unavailable"],
  // ERROR_NOT_SUPPORTED, ERROR_PROC_NOT_FOUND: this build of Windows is too old.
  [0x32, "unimplemented"],
  [0x7f, "unimplemented"],
  // ERROR_INVALID_DATA.
  [0xd, "invalid-argument"],
]);

/**
 * Makes an `OperationError` of what a call of the host or of the file system rejected with. An `OperationError`, and what
 * an aborted signal gave as its reason, stay as they are.
 */
export function layerFailure(subject: Subject, detail: string, error: unknown): unknown {
  if (!(error instanceof LayerCallError)) {
    return fileError(subject, detail, error);
  }
  return new OperationError(kinds.get(error.code) ?? "internal", subject, `${detail}: ${error.message}`, {
    cause: error,
  });
}
