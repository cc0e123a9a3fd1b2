import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { isOperationError, OperationError } from "@gantry/api";
import { ErrorDetailSchema } from "@gantry/api/gantry/types/v1";
import { errorDetailFrom, statusCodeOf } from "@gantry/api/wire";
import type { Logger } from "pino";
import { requestIdKey } from "./call-context.ts";
import { observeEnd } from "./stream.ts";

/**
 * Turns what methods throw into what travels: the status code of the error's kind, with all of the error in a detail, so
 * that a client can rebuild it. Also for what is thrown while a response stream is read, which happens after the call
 * itself has resolved.
 */
export function createErrorInterceptor(log: Logger): Interceptor {
  return (next) => (request) => {
    const method = `${request.service.typeName}/${request.method.name}`;
    return observeEnd(
      () => next(request),
      (failure) => {
        if (failure === undefined) return;
        const error = request.signal.aborted
          ? afterAbort(request.signal, failure.error)
          : toConnectError(failure.error);
        if (error.code === Code.Internal) {
          const requestId = request.contextValues.get(requestIdKey);
          log.error({ err: failure.error, method, requestId }, "call failed for a reason that is no caller's");
        }
        throw error;
      },
    );
  };
}

/** Returns the error that travels for `error`; what a method was never meant to throw is not told to anybody. */
export function toConnectError(error: unknown): ConnectError {
  if (error instanceof ConnectError) return error;
  const operation = toOperationError(error);
  const details = [{ desc: ErrorDetailSchema, value: errorDetailFrom(operation) }];
  return new ConnectError(operation.message, statusCodeOf[operation.kind], undefined, details, error);
}

/**
 * When the caller has left, the failure of whatever was still read or written says nothing: a broken stream has many
 * forms. Nobody is there to be told, but the log shall not call it our failure.
 */
function afterAbort(signal: AbortSignal, error: unknown): ConnectError {
  const known = error instanceof ConnectError || isOperationError(error);
  return toConnectError(
    known
      ? error
      : signal.reason instanceof ConnectError
        ? signal.reason
        : new OperationError("canceled", { type: "request", id: "" }, "the caller has left", { cause: error }),
  );
}

function toOperationError(error: unknown): OperationError {
  if (isOperationError(error)) return error;
  const name = error instanceof Error ? error.name : "";
  const subject = { type: "request", id: "" } as const;
  // These two are what an aborted AbortSignal carries: by itself, and by AbortSignal.timeout.
  if (name === "AbortError") return new OperationError("canceled", subject, "the call was canceled", { cause: error });
  if (name === "TimeoutError") {
    return new OperationError("deadline-exceeded", subject, "the call took too long", { cause: error });
  }
  return new OperationError("internal", subject, "internal error", { cause: error });
}
