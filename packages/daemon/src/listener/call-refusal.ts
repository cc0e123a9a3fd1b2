import type { ConnectError } from "@connectrpc/connect";
import { encodeEnvelope } from "@connectrpc/connect/protocol";
import { codeToHttpStatus, endStreamFlag, endStreamToJson, errorToJson } from "@connectrpc/connect/protocol-connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { encodePlainly } from "./grpc-message.ts";
import type { HttpRequest, HttpResponse } from "./http-handler.ts";

/**
 * Answers a call with an error before anything of its body is read, in the protocol that its content type names: as the
 * services would, so that clients cannot tell the difference. Whatever is no protocol of ours gets Connect's answer.
 */
export function refuseCall(request: HttpRequest, response: HttpResponse, error: ConnectError): void {
  const type = request.headers["content-type"] ?? "";
  for (const [name, value] of error.metadata) response.setHeader(name, value);
  const body = type.startsWith("application/grpc")
    ? grpcAnswer(response, type, error)
    : connectAnswer(response, type, error);
  dropBody(request, response);
  response.end(body);
}

/** gRPC has the status behind the answer; gRPC-Web takes it in the headers too, which says that nothing follows. */
function grpcAnswer(response: HttpResponse, type: string, error: ConnectError): Uint8Array {
  const trailer = new Headers();
  setTrailerStatus(trailer, error);
  trailer.set("grpc-message", encodePlainly(error.rawMessage));
  response.statusCode = 200;
  response.setHeader("content-type", type);
  if (!type.startsWith("application/grpc-web")) response.addTrailers(Object.fromEntries(trailer));
  else for (const [name, value] of trailer) response.setHeader(name, value);
  return new Uint8Array();
}

function connectAnswer(response: HttpResponse, type: string, error: ConnectError): Uint8Array {
  const isStream = type.startsWith("application/connect+");
  response.statusCode = isStream ? 200 : codeToHttpStatus(error.code);
  response.setHeader("content-type", isStream ? type : "application/json");
  if (!isStream) return Buffer.from(JSON.stringify(errorToJson(error, undefined)));
  const end = endStreamToJson(new Headers(), error, undefined);
  return encodeEnvelope(endStreamFlag, Buffer.from(JSON.stringify(end)));
}

/** What is still sent is thrown away, so that an answer finds its way to a caller who is not done yet. */
function dropBody(request: HttpRequest, response: HttpResponse): void {
  request.resume();
  if (!request.complete && !("stream" in request)) response.setHeader("connection", "close");
}
