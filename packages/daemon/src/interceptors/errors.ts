import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { isOperationError, OperationError } from "@gantry/api";
import { toConnectError } from "@gantry/api/remote";
import type { Logger } from "pino";
import { requestIdKey } from "./call-context.ts";
import { observeEnd } from "./stream.ts";

/**
 * Turns what methods throw into what travels: the status code of the error's kind, with all of the error in a detail, so
 * that a client can rebuild it. Also for what is thrown while a response stream is read, which happens after the call
 * itself has resolved. What nobody foresaw is withheld from the caller, and written to the log.
 */
export function createErrorInterceptor(log: Logger): Interceptor {
  return (next) => (request) => {
    const { service, method, signal, contextValues } = request;
    return observeEnd(
      () => next(request),
      (failure) => {
        if (failure === undefined) return;
        const error = toConnectError(signal.aborted ? afterAbort(signal, failure.error) : failure.error);
        if (error.code === Code.Internal) {
          const facts = { method: `${service.typeName}/${method.name}`, requestId: contextValues.get(requestIdKey) };
          log.error({ err: failure.error, ...facts }, "call failed for a reason that is no caller's");
        }
        throw error;
      },
    );
  };
}

/**
 * When the caller has left, the failure of whatever was still read or written says nothing: a broken stream has many
 * forms. Nobody is there to be told, but the log shall not call it our failure.
 */
function afterAbort(signal: AbortSignal, error: unknown): unknown {
  if (error instanceof ConnectError || isOperationError(error)) return error;
  if (signal.reason instanceof ConnectError) return signal.reason;
  return new OperationError("canceled", { type: "request", id: "" }, "the caller has left", { cause: error });
}
