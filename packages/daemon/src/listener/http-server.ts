import { createServer as createHttp1Server, type Server as Http1Server } from "node:http";
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Session } from "node:http2";
import { createServer as createHttpsServer, Server as HttpsServer } from "node:https";
import type { AddressInfo, ListenOptions, Socket } from "node:net";
import type { TLSSocket, TlsOptions } from "node:tls";
import type { Logger } from "pino";
import type { Caller } from "../access/caller.ts";
import type { HttpHandler } from "./http-handler.ts";
import {
  headersTimeoutMs,
  http1Options,
  http2Options,
  maxConnections,
  maxHeadersCount,
  sessionWindowBytes,
} from "./limits.ts";
import { setPeer } from "./peer.ts";
import { detectProtocol } from "./protocol.ts";

/** What {@link HttpServer} needs. */
export interface HttpServerOptions {
  readonly handler: HttpHandler;
  readonly log: Logger;
  /** Says who is at the other end of a new connection; with TLS, when the handshake is done. */
  readonly greet: (socket: Socket) => Caller;
  /** Default: connections come without TLS. */
  readonly tls?: TlsOptions;
  /** How long a connection of HTTP/2 may go without a stream; then it is told to go. Default: for ever. */
  readonly idleMs?: number;
}

/** What a connection's first bytes, or its handshake, are handed to. */
type TakeHttp1 = (socket: Socket) => void;

/** Serves HTTP/1.1 and HTTP/2 on one socket, within the limits of `limits.ts`. */
export class HttpServer {
  readonly #http1: Http1Server;
  readonly #http2: Http2Server;
  readonly #options: HttpServerOptions;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#http2 = this.#createHttp2(options);
    this.#http1 = this.#createHttp1(options);
  }

  /** Begins to serve. Rejects with what the operating system says: an address in use, a path that is no good. */
  async listen(where: ListenOptions | { readonly fd: number }): Promise<void> {
    const ready = Promise.withResolvers<void>();
    this.#http1.once("error", ready.reject);
    this.#http1.listen({ backlog: 512, ...where }, ready.resolve);
    await ready.promise;
    this.#http1.off("error", ready.reject);
  }

  /** Where a server of TCP listens, `null` for any other. */
  get place(): AddressInfo | null {
    const address = this.#http1.address();
    return typeof address === "string" ? null : address;
  }

  /** Uses other certificates for connections to come. */
  renew(tls: TlsOptions): void {
    if (this.#http1 instanceof HttpsServer) this.#http1.setSecureContext(tls);
  }

  /** Stops accepting connections; what is being answered goes on. */
  stopAccepting(): void {
    this.#http1.close();
    for (const session of this.#sessions) session.close();
  }

  /** Resolves when every connection has ended; those left after `graceMs` are cut off. To be called after stopAccepting. */
  async drain(graceMs: number): Promise<void> {
    const ended = Promise.withResolvers<void>();
    const check = () => this.#sockets.size === 0 && ended.resolve();
    for (const socket of this.#sockets) socket.once("close", check);
    check();
    const timer = setTimeout(() => this.#destroyAll(), graceMs);
    await ended.promise;
    clearTimeout(timer);
    this.#http2.close();
  }

  #destroyAll(): void {
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }

  /**
   * The HTTP/1.1 server owns the socket, because its timeouts work only for one that listens; its own way of taking a
   * connection is called once it is known that the connection does not speak HTTP/2.
   */
  #createHttp1({ handler, log, tls }: HttpServerOptions): Http1Server {
    const server =
      tls === undefined
        ? createHttp1Server(http1Options, handler)
        : createHttpsServer({ ...http1Options, ...tls, ALPNProtocols: ["h2", "http/1.1"] }, handler);
    server.maxHeadersCount = maxHeadersCount;
    server.maxConnections = maxConnections;
    const event = tls === undefined ? "connection" : "secureConnection";
    const takers = server.listeners(event);
    server.removeAllListeners(event);
    const takeHttp1 = (socket: Socket) => {
      for (const take of takers) take.call(server, socket);
    };
    if (tls === undefined) server.on(event, (socket: Socket) => this.#takePlain(socket, takeHttp1));
    else server.on(event, (socket: TLSSocket) => this.#takeSecure(socket, takeHttp1));
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
      log.debug({ err: error }, "request could not be read");
      if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
      else socket.destroy();
    });
    server.on("tlsClientError", (error: Error) => log.debug({ err: error }, "no agreement on TLS"));
    return server;
  }

  #takePlain(socket: Socket, takeHttp1: TakeHttp1): void {
    setPeer(socket, this.#options.greet(socket));
    detectProtocol(socket, headersTimeoutMs, (version) => {
      if (version === "http/2") {
        this.#takeHttp2(socket);
        return;
      }
      takeHttp1(socket);
      socket.resume();
    });
  }

  /** What a connection under TLS speaks is agreed on in the handshake (RFC 7301). */
  #takeSecure(socket: TLSSocket, takeHttp1: TakeHttp1): void {
    setPeer(socket, this.#options.greet(socket));
    if (socket.alpnProtocol === "h2") this.#takeHttp2(socket);
    else takeHttp1(socket);
  }

  #takeHttp2(socket: Socket): void {
    // Servers of HTTP/1.1 keep a connection whose peer has said all; in HTTP/2 it is one whose peer is gone.
    socket.allowHalfOpen = false;
    this.#http2.emit("connection", socket);
  }

  #createHttp2({ handler, log, idleMs }: HttpServerOptions): Http2Server {
    const server = createHttp2Server(http2Options, handler);
    server.on("session", (session) => {
      this.#sessions.add(session);
      session.once("close", () => this.#sessions.delete(session));
      session.setLocalWindowSize(sessionWindowBytes);
      if (idleMs !== undefined) closeWhenIdle(session, idleMs);
    });
    server.on("sessionError", (error) => log.debug({ err: error }, "connection failed"));
    return server;
  }
}

/** Node's own time limit also ends a connection whose streams are merely quiet. */
function closeWhenIdle(session: ServerHttp2Session, idleMs: number): void {
  let open = 0;
  session.on("stream", (stream) => {
    open += 1;
    stream.once("close", () => {
      open -= 1;
    });
  });
  session.setTimeout(idleMs, () => {
    if (open === 0) session.close();
  });
}
