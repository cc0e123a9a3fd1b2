import { Code, ConnectError } from "@connectrpc/connect";
import { OperationError, type Subject } from "../errors.ts";
import { ErrorDetailSchema } from "../gantry/types/v1/index.ts";
import { errorDetailFrom, kindOfStatusCode, operationErrorFrom, statusCodeOf } from "../wire/index.ts";

// An error travels in an HTTP header, and Node refuses headers above 64 KiB; the text is there three times, encoded.
const messageMaxLength = 2048;
const cleanupMaxCount = 8;

/**
 * Returns what to send for `error`.
 *
 * An `OperationError` keeps its kind, subject and message, in an `ErrorDetail` beside the status; very long texts are
 * cut. An abort becomes `canceled`, a timeout `deadline-exceeded`. Anything else becomes `internal` without its text,
 * which may hold what is not for the other side: whoever calls this logs the `cause`.
 */
export function toConnectError(error: unknown): ConnectError {
  return foreseen(error) ?? new ConnectError("internal error", Code.Internal, undefined, undefined, error);
}

/** Whether {@link toConnectError} withholds the text of `error`, so that it belongs into a log. */
export function isUnforeseen(error: unknown): boolean {
  return foreseen(error) === undefined;
}

function foreseen(error: unknown): ConnectError | undefined {
  if (error instanceof OperationError) {
    return fromOperationError(error);
  }
  if (error instanceof ConnectError) {
    return error;
  }
  switch (error instanceof Error ? error.name : "") {
    case "AbortError":
      return new ConnectError("the call was canceled", Code.Canceled, undefined, undefined, error);
    case "TimeoutError":
      return new ConnectError("the call took too long", Code.DeadlineExceeded, undefined, undefined, error);
    default:
      return undefined;
  }
}

function fromOperationError(error: OperationError): ConnectError {
  const detail = errorDetailFrom(error);
  const value = {
    kind: detail.kind,
    subjectType: detail.subjectType,
    subjectId: sendable(detail.subjectId),
    detail: sendable(detail.detail),
    cleanup: detail.cleanup.slice(0, cleanupMaxCount).map(sendable),
  };
  const details = [{ desc: ErrorDetailSchema, value }];
  return new ConnectError(sendable(error.message), statusCodeOf[error.kind], undefined, details, error);
}

/**
 * Rebuilds the error that a call failed with.
 *
 * What the other side threw comes back as it was. Where the other side is gone, or was never there, the kind is
 * `unavailable`, and the subject is `peer`.
 *
 * @param error - what a Connect client threw
 * @param peer - the other side
 */
export function fromConnectError(error: unknown, peer: Subject): OperationError {
  if (error instanceof OperationError) {
    return error;
  }
  const failure = ConnectError.from(error);
  const [detail] = failure.findDetails(ErrorDetailSchema);
  if (detail !== undefined) {
    return operationErrorFrom(detail, failure.code, failure);
  }
  if (failure.metadata.has("grpc-status")) {
    return new OperationError(kindOfStatusCode(failure.code), peer, failure.rawMessage, { cause: failure });
  }
  return fromTransport(failure, peer);
}

const goneCodes: ReadonlySet<Code> = new Set([
  Code.Canceled,
  Code.Unknown,
  Code.Aborted,
  Code.Internal,
  Code.Unavailable,
]);

/**
 * Rebuilds the error of a call that was not answered with a status. Connect tells only by its texts whether the answer
 * broke off ("protocol error: incomplete envelope") or a message of ours cannot be written ("serialize binary: ...").
 */
function fromTransport(failure: ConnectError, peer: Subject): OperationError {
  const { cause, code, rawMessage } = failure;
  const isOurs = /^(serialize|parse) /.test(rawMessage) || (cause instanceof Error && !("code" in cause));
  if (!isOurs && (goneCodes.has(code) || rawMessage.startsWith("protocol error"))) {
    return new OperationError("unavailable", peer, `does not answer (${rawMessage})`, { cause: failure });
  }
  return new OperationError(kindOfStatusCode(code), peer, rawMessage, { cause: failure });
}

/** `text` as a header can carry it: of a bounded length, and without the halves of surrogate pairs. */
function sendable(text: string): string {
  return (text.length > messageMaxLength ? `${text.slice(0, messageMaxLength)}…` : text).toWellFormed();
}
