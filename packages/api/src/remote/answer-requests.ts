import type { Http2Server, Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { OperationError, type Subject } from "../errors.ts";
import { CallService } from "../gantry/system/v1/index.ts";
import { CancelableCalls } from "./cancelable-calls.ts";
import { errorInterceptor } from "./error-interceptor.ts";

/** What answers the requests, and how. */
export interface Answering {
  /** What is served, for errors. */
  readonly subject: Subject;
  readonly routes: (router: ConnectRouter) => void;
  readonly onUnforeseen?: ((error: unknown, procedure: string) => void) | undefined;
}

const closeGraceMs = 5_000;

/**
 * Answers the requests of `server` from now on.
 *
 * @returns a function that aborts all calls that run and resolves when they have ended, or after five seconds
 */
export function answerRequests(server: Http2Server, answering: Answering): () => Promise<void> {
  const { subject, routes, onUnforeseen = writeToStderr } = answering;
  const shutdown = new AbortController();
  const calls = new CancelableCalls();
  const answer = connectNodeAdapter({
    routes: (router) => {
      router.service(CallService, calls.service());
      routes(router);
    },
    interceptors: [errorInterceptor({ onUnforeseen }), calls.interceptor()],
    shutdownSignal: shutdown.signal,
    // Both ends are on one host: packing would cost more than it saves.
    acceptCompression: [],
  });
  const open = new Set<Http2ServerResponse>();
  const onRequest = (request: Http2ServerRequest, response: Http2ServerResponse) => {
    open.add(response);
    response.once("close", () => open.delete(response));
    answer(request, response);
  };
  server.on("request", onRequest);
  return async () => {
    server.off("request", onRequest);
    shutdown.abort(new OperationError("unavailable", subject, "is no longer served"));
    await allClosed(open);
  };
}

/** Resolves when all responses have ended, or the time of grace is over. */
async function allClosed(open: ReadonlySet<Http2ServerResponse>): Promise<void> {
  const ends = [...open].map((response) => new Promise<void>((resolve) => response.once("close", resolve)));
  let timer: NodeJS.Timeout | undefined;
  const grace = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, closeGraceMs);
  });
  await Promise.race([Promise.all(ends), grace]);
  clearTimeout(timer);
}

function writeToStderr(error: unknown, procedure: string): void {
  console.error(`${procedure} failed:`, error);
}
