import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { Caller } from "../access/caller.ts";

/** A request of either HTTP. */
export type HttpRequest = IncomingMessage | Http2ServerRequest;

/** The response to it. */
export type HttpResponse = ServerResponse | Http2ServerResponse;

/** Answers one request; never throws. */
export type HttpHandler = (request: HttpRequest, response: HttpResponse) => void;

/** Answers one request of somebody who is known; never throws. */
export type CallHandler = (request: HttpRequest, response: HttpResponse, caller: Caller) => void;

/** Answers with a status and one line of text. */
export function refuse(response: HttpResponse, status: number, reason: string): void {
  response.statusCode = status;
  response.setHeader("content-type", "text/plain; charset=utf-8");
  response.end(`${reason}\n`);
}
