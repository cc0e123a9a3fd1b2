import type { ConnectRouter, ConnectRouterOptions } from "@connectrpc/connect";
import { createConnectRouter } from "@connectrpc/connect";
import {
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import type { Logger } from "pino";
import { withPlainMessage } from "./grpc-message.ts";
import { type HttpHandler, type HttpRequest, refuse } from "./http-handler.ts";
import { messageMaxBytes } from "./limits.ts";

/** What {@link createRpcHandler} needs. */
export interface RpcHandlerOptions {
  readonly routes: (router: ConnectRouter) => void;
  readonly log: Logger;
  readonly router: Pick<ConnectRouterOptions, "interceptors" | "jsonOptions">;
}

/**
 * Answers the methods of `routes` in gRPC, gRPC-Web and Connect, chosen by the content type of each request. Anything
 * that is not one of them is answered 404, which gRPC clients take for UNIMPLEMENTED.
 */
export function createRpcHandler(options: RpcHandlerOptions): HttpHandler {
  const router = createConnectRouter({
    ...options.router,
    acceptCompression: [compressionGzip],
    readMaxBytes: messageMaxBytes,
    writeMaxBytes: messageMaxBytes,
  });
  options.routes(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));

  return (request, response) => {
    const handler = handlers.get((request.url ?? "").split("?", 1)[0] ?? "");
    if (handler === undefined) {
      refuse(response, 404, "there is no such method");
      return;
    }
    nameAuthority(request);
    const rpc = universalRequestFromNodeRequest(request, response, undefined, undefined);
    handler(rpc)
      .then((answer) => universalResponseToNodeResponse(withPlainMessage(answer), response))
      // What a method throws has become an answer by now; this is a connection that broke under it.
      .catch((error: unknown) =>
        options.log.debug({ err: error, method: handler.requestPath }, "answer was not delivered"),
      );
  };
}

/**
 * On a local socket the host that a request names says nothing, and clients put anything there or nothing at all. It is
 * replaced, because a host that is no host would make the request unreadable further on.
 */
function nameAuthority(request: HttpRequest): void {
  request.headers.host = "localhost";
  if ("stream" in request) request.headers[":authority"] = "localhost";
}
