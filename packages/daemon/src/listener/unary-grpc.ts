import type { Http2ServerRequest } from "node:http2";
import {
  Code,
  ConnectError,
  createContextValues,
  type HandlerContext,
  type Interceptor,
  type MethodImplSpec,
  type ServiceImplSpec,
} from "@connectrpc/connect";
import {
  createDeadlineSignal,
  createMethodSerializationLookup,
  encodeEnvelope,
  invokeUnaryImplementation,
} from "@connectrpc/connect/protocol";
import { grpcStatusOk, parseTimeout, setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { type Caller, callerKey } from "../access/caller.ts";
import { encodePlainly } from "./grpc-message.ts";
import type { HttpRequest, HttpResponse } from "./http-handler.ts";
import { messageMaxBytes } from "./limits.ts";
import { readSingleMessage } from "./single-message.ts";

/** A method with one request and one answer. */
type UnaryMethod = Extract<MethodImplSpec, { readonly kind: "unary" }>;

/** Answers one call; rejects only if the connection broke under the answer. */
export type UnaryHandler = (request: Http2ServerRequest, response: HttpResponse, caller: Caller) => Promise<void>;

/**
 * Whether a request may be a unary gRPC call in its commonest form: over HTTP/2, in binary, not compressed. Any other
 * form is answered by the library.
 */
export function isPlainGrpc(request: HttpRequest): request is Http2ServerRequest {
  const { headers } = request;
  const type = headers["content-type"];
  const encoding = headers["grpc-encoding"];
  return (
    "stream" in request &&
    request.method === "POST" &&
    (type === "application/grpc" || type === "application/grpc+proto") &&
    (encoding === undefined || encoding === "identity")
  );
}

/**
 * Makes handlers for the unary methods of `services`, by path. They do what the library's do for requests of
 * {@link isPlainGrpc}, which passes each message through a dozen streams: without them a call costs half.
 */
export function createUnaryHandlers(
  services: readonly ServiceImplSpec[],
  interceptors: readonly Interceptor[],
): ReadonlyMap<string, UnaryHandler> {
  const chain = [...interceptors];
  const handlers = services.flatMap(({ service, methods }) =>
    Object.values(methods).flatMap((method): [string, UnaryHandler][] =>
      method.kind === "unary" ? [[`/${service.typeName}/${method.method.name}`, createHandler(method, chain)]] : [],
    ),
  );
  return new Map(handlers);
}

function createHandler(method: UnaryMethod, interceptors: Interceptor[]): UnaryHandler {
  const limits = { readMaxBytes: messageMaxBytes, writeMaxBytes: messageMaxBytes };
  const serialization = createMethodSerializationLookup(method.method, undefined, undefined, limits);
  const input = serialization.getI(true);
  const output = serialization.getO(true);

  return async (request, response, caller) => {
    const timeout = parseTimeout(headerOf(request, "grpc-timeout"), Number.MAX_SAFE_INTEGER);
    const deadline = createDeadlineSignal(timeout.timeoutMs);
    const leaving = new AbortController();
    const leave = () => leaving.abort(new ConnectError("the caller has left", Code.Canceled));
    request.once("close", leave);
    const signal =
      timeout.timeoutMs === undefined ? leaving.signal : AbortSignal.any([leaving.signal, deadline.signal]);
    const context = contextOf(method, request, { signal, timeoutMs: timeout.timeoutMs, caller });
    let outcome: Uint8Array | ConnectError;
    try {
      if (timeout.error !== undefined) throw timeout.error;
      const message = input.parse(await readSingleMessage(request));
      const answer = await invokeUnaryImplementation(method, context, message, interceptors);
      outcome = encodeEnvelope(0, output.serialize(answer));
    } catch (error) {
      outcome = error instanceof ConnectError ? error : new ConnectError("internal error", Code.Internal);
    } finally {
      deadline.cleanup();
      request.off("close", leave);
    }
    write(response, context, outcome);
  };
}

/** What is known of a call besides its request. */
interface CallFacts {
  readonly signal: AbortSignal;
  readonly timeoutMs: number | undefined;
  readonly caller: Caller;
}

function contextOf(
  method: UnaryMethod,
  request: Http2ServerRequest,
  { signal, timeoutMs, caller }: CallFacts,
): HandlerContext {
  const endsAt = timeoutMs === undefined ? undefined : performance.now() + timeoutMs;
  return {
    service: method.method.parent,
    method: method.method,
    protocolName: "grpc",
    requestMethod: "POST",
    url: `http://localhost${request.url}`,
    signal,
    timeoutMs: () => (endsAt === undefined ? undefined : endsAt - performance.now()),
    requestHeader: headersFrom(request),
    responseHeader: new Headers({ "content-type": "application/grpc+proto" }),
    responseTrailer: new Headers(),
    values: createContextValues().set(callerKey, caller),
  };
}

function write(response: HttpResponse, context: HandlerContext, outcome: Uint8Array | ConnectError): void {
  const trailer = context.responseTrailer;
  if (outcome instanceof ConnectError) {
    setTrailerStatus(trailer, outcome);
    trailer.set("grpc-message", encodePlainly(outcome.rawMessage));
  } else {
    trailer.set("grpc-status", grpcStatusOk);
  }
  for (const [name, value] of context.responseHeader) response.setHeader(name, value);
  response.addTrailers(Object.fromEntries(trailer));
  response.end(outcome instanceof ConnectError ? "" : outcome);
}

function headersFrom(request: Http2ServerRequest): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    // The names of HTTP/2's own begin with a colon, which no header may.
    if (name.startsWith(":") || value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) headers.append(name, one);
  }
  return headers;
}

function headerOf(request: Http2ServerRequest, name: string): string | null {
  const value = request.headers[name];
  return typeof value === "string" ? value : null;
}
