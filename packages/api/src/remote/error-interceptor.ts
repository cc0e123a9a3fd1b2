import type { Interceptor } from "@connectrpc/connect";
import { isUnforeseen, toConnectError } from "./connect-error.ts";

/** What `errorInterceptor` may be told. */
export interface ErrorInterceptorOptions {
  /**
   * Hears of errors that reach the caller as `internal error` without their text.
   *
   * @param procedure - `package.Service/Method`
   */
  readonly onUnforeseen?: (error: unknown, procedure: string) => void;
}

/**
 * Makes a server's interceptor that sends every error by {@link toConnectError}, also one that is thrown while a stream
 * is read. It belongs in front of the others, so that theirs are sent likewise.
 */
export function errorInterceptor(options: ErrorInterceptorOptions = {}): Interceptor {
  return (next) => async (request) => {
    const translate = (error: unknown) => {
      if (isUnforeseen(error)) {
        options.onUnforeseen?.(error, `${request.service.typeName}/${request.method.name}`);
      }
      return toConnectError(error);
    };
    try {
      const response = await next(request);
      return response.stream ? { ...response, message: translated(response.message, translate) } : response;
    } catch (error) {
      throw translate(error);
    }
  };
}

/** What is thrown into the stream from outside, since it can no longer be written, is nobody's to translate. */
async function* translated<T>(messages: AsyncIterable<T>, translate: (error: unknown) => Error) {
  const iterator = messages[Symbol.asyncIterator]();
  const next = () =>
    iterator.next().catch((error: unknown) => {
      throw translate(error);
    });
  try {
    for (let step = await next(); step.done !== true; step = await next()) {
      yield step.value;
    }
  } finally {
    await iterator.return?.();
  }
}
