import type { ConnectRouter, ConnectRouterOptions, Interceptor, ServiceImplSpec } from "@connectrpc/connect";
import { createConnectRouter, createContextValues } from "@connectrpc/connect";
import type { UniversalHandler } from "@connectrpc/connect/protocol";
import {
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import type { Logger } from "pino";
import { callerKey } from "../access/caller.ts";
import { withPlainMessage } from "./grpc-message.ts";
import { type CallHandler, type HttpRequest, refuse } from "./http-handler.ts";
import { messageMaxBytes } from "./limits.ts";
import { createUnaryHandlers, isPlainGrpc } from "./unary-grpc.ts";

/** A service with its implementation. */
export interface BoundService {
  readonly spec: ServiceImplSpec;
  addTo(router: ConnectRouter): void;
}

/** What {@link createRpcHandler} needs. */
export interface RpcHandlerOptions {
  readonly services: readonly BoundService[];
  readonly log: Logger;
  /** See every call, the first of them outermost. */
  readonly interceptors: Interceptor[];
  readonly jsonOptions: NonNullable<ConnectRouterOptions["jsonOptions"]>;
}

/**
 * Answers the methods of `services` in gRPC, gRPC-Web and Connect, chosen by the content type of each request. Anything
 * that is not one of them is answered 404, which gRPC clients take for UNIMPLEMENTED.
 */
export function createRpcHandler(options: RpcHandlerOptions): CallHandler {
  const { services, log, interceptors, jsonOptions } = options;
  const unary = createUnaryHandlers(
    services.map(({ spec }) => spec),
    interceptors,
  );
  const handlers = createLibraryHandlers(services, { interceptors, jsonOptions });

  return (request, response, caller) => {
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    // What a method throws has become an answer by now; this is a connection that broke under it.
    const onBroken = (error: unknown) => log.debug({ err: error, method: path }, "answer was not delivered");
    if (isPlainGrpc(request)) {
      const answer = unary.get(path);
      if (answer !== undefined) {
        answer(request, response, caller).catch(onBroken);
        return;
      }
    }
    const handler = handlers.get(path);
    if (handler === undefined) {
      refuse(response, 404, "there is no such method");
      return;
    }
    nameAuthority(request);
    const values = createContextValues().set(callerKey, caller);
    handler(universalRequestFromNodeRequest(request, response, undefined, values))
      .then((answer) => universalResponseToNodeResponse(withPlainMessage(answer), response))
      .catch(onBroken);
  };
}

/** Everything that has not a handler of its own, in all protocols. */
function createLibraryHandlers(
  services: readonly BoundService[],
  options: Pick<RpcHandlerOptions, "interceptors" | "jsonOptions">,
): ReadonlyMap<string, UniversalHandler> {
  const router = createConnectRouter({
    ...options,
    acceptCompression: [compressionGzip],
    readMaxBytes: messageMaxBytes,
    writeMaxBytes: messageMaxBytes,
  });
  for (const service of services) service.addTo(router);
  return new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
}

/**
 * On a local socket the host that a request names says nothing, and clients put anything there or nothing at all. It is
 * replaced, because a host that is no host would make the request unreadable further on.
 */
function nameAuthority(request: HttpRequest): void {
  request.headers.host = "localhost";
  if ("stream" in request) request.headers[":authority"] = "localhost";
}
