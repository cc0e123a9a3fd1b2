import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import type { Logger } from "pino";
import { namespaceKey, requestIdFrom, requestIdHeader, requestIdKey } from "./call-context.ts";
import { observeEnd } from "./stream.ts";

/**
 * Gives every call an id and writes one line when it has ended: what was called, in which namespace, what came of it and
 * how long it took. Never what was sent or answered.
 */
export function createLogInterceptor(log: Logger): Interceptor {
  return (next) => async (request) => {
    const requestId = requestIdFrom(request.header.get(requestIdHeader));
    request.contextValues.set(requestIdKey, requestId);
    const startedAt = performance.now();
    const response = await observeEnd(
      () => next(request),
      (failure) => {
        if (!log.isLevelEnabled("debug")) return;
        const method = `${request.service.typeName}/${request.method.name}`;
        const namespace = request.contextValues.get(namespaceKey);
        const durationMs = Math.round((performance.now() - startedAt) * 1000) / 1000;
        const code = failure === undefined ? "ok" : Code[ConnectError.from(failure.error).code];
        log.debug({ requestId, method, namespace, code, durationMs }, "call");
      },
    );
    response.header.set(requestIdHeader, requestId);
    return response;
  };
}
