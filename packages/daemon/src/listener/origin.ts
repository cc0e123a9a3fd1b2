import { cors } from "@connectrpc/connect";
import { type HttpHandler, type HttpRequest, type HttpResponse, refuse } from "./http-handler.ts";

/** Headers of ours that a page may send besides those of the protocols. */
const ownHeaders = ["gantry-namespace", "gantry-lease", "gantry-request-id", "authorization"];

/** How long a browser may remember what a preflight was answered, in seconds. */
const preflightMaxAge = 7200;

/**
 * Keeps pages of other origins out: a browser says where a page comes from, and everything it says that is not in
 * `allowed` is refused before it reaches a method. Callers that are no browsers send no such header and pass.
 *
 * @param allowed - origins as browsers write them, such as `https://console.example:8443`; `*` has no meaning here
 */
export function guardOrigin(allowed: ReadonlySet<string>, next: HttpHandler): HttpHandler {
  return (request, response) => {
    const origin = headerOf(request, "origin");
    if (origin === undefined) {
      // A page gets a request without Origin only as a plain GET or HEAD, and browsers mark those. "none" is the user's own.
      if (!["none", "same-origin", undefined].includes(headerOf(request, "sec-fetch-site")))
        refuse(response, 403, "requests of other sites are refused");
      else next(request, response);
      return;
    }
    if (!allowed.has(origin)) {
      refuse(response, 403, "the origin is not in listen.allowed_origins");
      return;
    }
    response.setHeader("access-control-allow-origin", origin);
    response.setHeader("vary", "Origin");
    if (request.method === "OPTIONS") {
      answerPreflight(response);
      return;
    }
    response.setHeader("access-control-expose-headers", [...cors.exposedHeaders, "gantry-request-id"].join(", "));
    next(request, response);
  };
}

function answerPreflight(response: HttpResponse): void {
  response.statusCode = 204;
  response.setHeader("access-control-allow-methods", "POST");
  response.setHeader("access-control-allow-headers", [...cors.allowedHeaders, ...ownHeaders].join(", "));
  response.setHeader("access-control-max-age", `${preflightMaxAge}`);
  response.end();
}

function headerOf(request: HttpRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}
