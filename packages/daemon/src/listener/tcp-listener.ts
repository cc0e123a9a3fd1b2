import { isIPv6, type Socket } from "node:net";
import { TLSSocket, type TlsOptions } from "node:tls";
import { isOperationError, OperationError } from "@gantry/api";
import { toConnectError } from "@gantry/api/remote";
import type { Logger } from "pino";
import { Authenticator } from "../access/authenticator.ts";
import type { Caller } from "../access/caller.ts";
import { grantOfCertificate } from "../access/certificate.ts";
import { ruleOf } from "../access/method-rules.ts";
import type { Tokens } from "../access/tokens.ts";
import type { TcpConfig } from "../config/tcp-config.ts";
import { refuseCall } from "./call-refusal.ts";
import { guardHost } from "./host.ts";
import type { CallHandler, HttpHandler } from "./http-handler.ts";
import { HttpServer } from "./http-server.ts";
import { headersTimeoutMs, idleConnectionMs } from "./limits.ts";
import { guardOrigin } from "./origin.ts";
import { peerOf } from "./peer.ts";
import { placeOf } from "./tcp-address.ts";
import { readTlsFiles } from "./tls-files.ts";

/** What {@link TcpListener.open} needs. */
export interface TcpListenerOptions {
  readonly config: TcpConfig;
  readonly handler: CallHandler;
  readonly log: Logger;
  readonly tokens: Tokens;
  /** Origins of pages that may call, as browsers write them. */
  readonly allowedOrigins: ReadonlySet<string>;
}

/**
 * Serves HTTP/1.1 and HTTP/2 over TCP, to callers who show who they are: by a token, or by a certificate under TLS.
 * Without TLS it serves this machine only.
 */
export class TcpListener {
  /** For clients: `https://HOST:PORT`, or `http` without TLS. */
  readonly url: string;
  readonly #server: HttpServer;

  private constructor(url: string, server: HttpServer) {
    this.url = url;
    this.#server = server;
  }

  /**
   * Begins to serve.
   *
   * Rejects with
   * - `invalid-argument`: the address has another form, or nobody could show who it is, or secrets would pass in clear
   * - `failed-precondition`: a file of TLS is missing, wrong or open to others, or the address is in use
   */
  static async open(options: TcpListenerOptions): Promise<TcpListener> {
    const { config, log } = options;
    const place = placeOf(config);
    const tls = config.tls && { ...tlsOptionsOf(config), ...readTlsFiles(config.tls) };
    const greet = (socket: Socket) => peerFrom(socket, config);
    const server = new HttpServer({
      handler: guarded(options),
      log,
      greet,
      idleMs: idleConnectionMs,
      ...(tls && { tls }),
    });
    await server.listen(place).catch((cause: NodeJS.ErrnoException) => {
      const subject = { type: "daemon", id: config.address } as const;
      throw new OperationError("failed-precondition", subject, `cannot listen: ${cause.code}`, { cause });
    });
    const host = isIPv6(place.host) ? `[${place.host}]` : place.host;
    return new TcpListener(`${tls ? "https" : "http"}://${host}:${server.place?.port ?? place.port}`, server);
  }

  /** Stops accepting connections; what is being answered goes on. */
  stopAccepting(): void {
    this.#server.stopAccepting();
  }

  /** Ends at once, whatever is being answered; after drain there is nothing left to end. */
  async abandon(): Promise<void> {
    this.#server.stopAccepting();
    await this.#server.drain(0);
  }

  /** As that of the other listener. */
  drain(graceMs: number): Promise<void> {
    return this.#server.drain(graceMs);
  }
}

function guarded(options: TcpListenerOptions): HttpHandler {
  const { config, allowedOrigins } = options;
  return guardHost(config.allowedHosts, guardOrigin(allowedOrigins, authenticated(options)));
}

function authenticated({ config, handler, log, tokens }: TcpListenerOptions): HttpHandler {
  const authenticator = new Authenticator(config.tokens ? tokens : null);
  return (request, response) => {
    const peer = peerOf(request);
    if (peer === undefined) {
      response.destroy();
      return;
    }
    const method = (request.url ?? "").split("?", 1)[0]?.slice(1) ?? "";
    const isOpen = ruleOf(method)?.role === null;
    const { authorization } = request.headers;
    // Nothing behind here needs it, and what is not there cannot leak.
    delete request.headers.authorization;
    let caller: Caller;
    try {
      caller = authenticator.identify({ peer, address: `${peer.facts["address"]}`, authorization, method, isOpen });
    } catch (failure) {
      const error = toConnectError(failure);
      // As often as callers are listened to, and no more.
      if (isOperationError(failure, "unauthenticated")) log.warn({ caller: peer.facts }, "a caller was refused");
      error.metadata.set("www-authenticate", 'Bearer realm="gantry"');
      refuseCall(request, response, error);
      return;
    }
    handler(request, response, caller);
  };
}

function peerFrom(socket: Socket, { clients }: TcpConfig): Caller {
  socket.setKeepAlive(true, headersTimeoutMs);
  const facts = { kind: "tcp", address: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 };
  const shown = socket instanceof TLSSocket && socket.authorized ? grantOfCertificate(socket, clients) : undefined;
  if (shown === undefined) return { facts, grant: null };
  return { facts: { ...facts, kind: "certificate", certificate: shown.name }, grant: shown.grant };
}

function tlsOptionsOf({ tls, tokens }: TcpConfig): TlsOptions {
  const asksForCertificate = tls?.clientCa !== undefined;
  return {
    minVersion: tls?.minVersion ?? "TLSv1.3",
    handshakeTimeout: headersTimeoutMs,
    requestCert: asksForCertificate,
    // Where a token will do as well, a connection without a certificate is one of somebody who may still show it.
    rejectUnauthorized: asksForCertificate && !tokens,
  };
}
