import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";

/** A request of either HTTP. */
export type HttpRequest = IncomingMessage | Http2ServerRequest;

/** The response to it. */
export type HttpResponse = ServerResponse | Http2ServerResponse;

/** Answers one request; never throws. */
export type HttpHandler = (request: HttpRequest, response: HttpResponse) => void;

/** Answers with a status and one line of text. */
export function refuse(response: HttpResponse, status: number, reason: string): void {
  response.statusCode = status;
  response.setHeader("content-type", "text/plain; charset=utf-8");
  response.end(`${reason}\n`);
}
