import { create } from "@bufbuild/protobuf";
import type { ErrorKind, SubjectType } from "../errors.ts";
import { errorKinds, OperationError } from "../errors.ts";
import type { ErrorDetail } from "../gantry/types/v1/index.ts";
import { ErrorDetailSchema } from "../gantry/types/v1/index.ts";

/** The status code of gRPC (and of Connect, whose codes have the same numbers) for each kind. */
export const statusCodeOf = {
  canceled: 1,
  "invalid-argument": 3,
  "deadline-exceeded": 4,
  "not-found": 5,
  "already-exists": 6,
  "permission-denied": 7,
  "resource-exhausted": 8,
  "failed-precondition": 9,
  aborted: 10,
  "out-of-range": 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  "data-loss": 15,
  unauthenticated: 16,
} as const satisfies Record<ErrorKind, number>;

const kinds: ReadonlySet<string> = new Set(errorKinds);
const kindOfCode: ReadonlyMap<number, ErrorKind> = new Map(errorKinds.map((kind) => [statusCodeOf[kind], kind]));

/** Returns the kind for a status code; `internal` for those that no kind has. */
export function kindOfStatusCode(code: number): ErrorKind {
  return kindOfCode.get(code) ?? "internal";
}

/** Returns what travels with `error` in the details of its status; causes stay at home. */
export function errorDetailFrom(error: OperationError): ErrorDetail {
  return create(ErrorDetailSchema, {
    kind: error.kind,
    subjectType: error.subject.type,
    subjectId: error.subject.id,
    detail: error.detail,
    cleanup: error.cleanup.map((failure) => (failure instanceof Error ? failure.message : String(failure))),
  });
}

/**
 * Rebuilds the error that `detail` was made from. A kind that this version does not know becomes that of `code`.
 *
 * @param cause - what the transport threw, kept for logs
 */
export function operationErrorFrom(detail: ErrorDetail, code: number, cause: unknown): OperationError {
  const kind = isErrorKind(detail.kind) ? detail.kind : kindOfStatusCode(code);
  // A newer daemon may speak of things that this version has no word for; the word is kept as it came.
  const subject = { type: detail.subjectType as SubjectType, id: detail.subjectId };
  return new OperationError(kind, subject, detail.detail, { cause, cleanup: detail.cleanup });
}

function isErrorKind(kind: string): kind is ErrorKind {
  return kinds.has(kind);
}
