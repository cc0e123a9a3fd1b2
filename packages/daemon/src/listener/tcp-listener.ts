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
import { Strangers } from "./strangers.ts";
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
  readonly #config: TcpConfig;

  private constructor(url: string, server: HttpServer, config: TcpConfig) {
    this.url = url;
    this.#config = config;
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
    const tls = tlsOptionsOf(config);
    const strangers = new Strangers();
    const greet = (socket: Socket) => {
      const peer = peerFrom(socket, config);
      if (peer.grant === null) strangers.watch(peer, socket);
      return peer;
    };
    const server = new HttpServer({
      handler: guarded(options, strangers),
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
    const url = `${tls ? "https" : "http"}://${host}:${server.place?.port ?? place.port}`;
    return new TcpListener(url, server, config);
  }

  /**
   * Takes certificate, key and authority from their files anew, for connections to come.
   *
   * Throws `failed-precondition`: one is wrong; those from before stay in use then
   */
  renew(): void {
    const tls = tlsOptionsOf(this.#config);
    if (tls !== undefined) this.#server.renew(tls);
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

function guarded(options: TcpListenerOptions, strangers: Strangers): HttpHandler {
  const { config, allowedOrigins } = options;
  return guardHost(config.allowedHosts, guardOrigin(allowedOrigins, authenticated(options, strangers)));
}

function authenticated({ config, handler, log, tokens }: TcpListenerOptions, strangers: Strangers): HttpHandler {
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
    if (caller.grant !== null) strangers.know(peer);
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

/** Reads the files anew. */
function tlsOptionsOf({ tls, tokens }: TcpConfig): TlsOptions | undefined {
  if (tls === undefined) return undefined;
  const asksForCertificate = tls.clientCa !== undefined;
  return {
    ...readTlsFiles(tls),
    minVersion: tls.minVersion ?? "TLSv1.3",
    handshakeTimeout: headersTimeoutMs,
    requestCert: asksForCertificate,
    // Where a token will do as well, a connection without a certificate is one of somebody who may still show it.
    rejectUnauthorized: asksForCertificate && !tokens,
  };
}
