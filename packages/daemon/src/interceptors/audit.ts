import { ConnectError, type Interceptor } from "@connectrpc/connect";
import { kindOfStatusCode } from "@gantry/api/wire";
import type { Logger } from "pino";
import { callerKey } from "../access/caller.ts";
import { ruleOf } from "../access/method-rules.ts";
import { objectOf } from "../access/request-text.ts";
import { namespaceKey, requestIdKey } from "./call-context.ts";
import { observeEnd } from "./stream.ts";

/**
 * Writes one line for every call that changes something, or tries to: who called, what, in which namespace, about which
 * object, what came of it and how long it took. Never what was sent. A call that streams has its line at its end.
 *
 * The lines are there whatever the log's level is, except `silent`.
 */
export function createAuditInterceptor(log: Logger): Interceptor {
  const audit = log.level === "silent" ? log : log.child({ audit: true }, { level: "info" });
  return (next) => (request) => {
    const method = `${request.service.typeName}/${request.method.name}`;
    if (!(ruleOf(method)?.mutates ?? true)) return next(request);
    const { contextValues } = request;
    const startedAt = performance.now();
    let object = request.stream ? "" : objectOf(request.message);
    const seen = request.stream
      ? { ...request, message: withFirst(request.message, (message) => (object = objectOf(message))) }
      : request;
    return observeEnd(
      () => next(seen),
      (failure) => {
        const facts = { requestId: contextValues.get(requestIdKey), caller: contextValues.get(callerKey).facts };
        const outcome = failure === undefined ? "ok" : kindOfStatusCode(ConnectError.from(failure.error).code);
        const durationMs = Math.round((performance.now() - startedAt) * 1000) / 1000;
        audit.info(
          { ...facts, method, namespace: contextValues.get(namespaceKey), object, outcome, durationMs },
          "audit",
        );
      },
    );
  };
}

/** Shows the first of `messages` to `see`, and passes them all on. */
async function* withFirst<T>(messages: AsyncIterable<T>, see: (message: T) => void): AsyncGenerator<T, void, void> {
  let first = true;
  for await (const message of messages) {
    if (first) see(message);
    first = false;
    yield message;
  }
}
