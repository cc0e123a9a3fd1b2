import type { Interceptor } from "@connectrpc/connect";
import { type Caller, callerKey } from "../access/caller.ts";
import { checkAccess } from "../access/check-access.ts";
import { ruleOf } from "../access/method-rules.ts";
import { namespaceKey } from "./call-context.ts";
import { observeEnd } from "./stream.ts";

/**
 * Lets callers do what they may, by method, role and namespace, before anything of what they send is looked at. A call
 * that lasts ends with `unauthenticated` when what its caller has shown is no longer worth anything.
 *
 * @param lasts - whether a method lasts as long as its caller likes, by `SERVICE/METHOD`
 */
export function createAccessInterceptor(lasts: (method: string) => boolean): Interceptor {
  return (next) => async (request) => {
    const { contextValues, service, stream, message } = request;
    const caller = contextValues.get(callerKey);
    const method = `${service.typeName}/${request.method.name}`;
    const namespace = contextValues.get(namespaceKey);
    checkAccess(caller, { method, rule: ruleOf(method), namespace, message: stream ? {} : message });
    const { ended } = caller;
    if (ended === undefined || !(stream || lasts(method))) return next(request);
    return observeEnd(
      () => next(whileKnown(request, ended)),
      () => ended.throwIfAborted(),
    );
  };
}

type Request = Parameters<ReturnType<Interceptor>>[0];

function whileKnown(request: Request, ended: NonNullable<Caller["ended"]>): Request {
  const signal = AbortSignal.any([request.signal, ended]);
  return request.stream ? { ...request, signal, message: untilEnded(request.message, ended) } : { ...request, signal };
}

/** What a caller still sends is not taken any more. */
async function* untilEnded<T>(messages: AsyncIterable<T>, ended: AbortSignal): AsyncGenerator<T, void, void> {
  for await (const message of messages) {
    ended.throwIfAborted();
    yield message;
  }
}
