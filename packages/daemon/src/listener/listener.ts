import { chmodSync, rmSync } from "node:fs";
import { createServer as createHttp1Server, type Server as Http1Server } from "node:http";
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import type { Logger } from "pino";
import type { HttpHandler } from "./http-handler.ts";
import {
  headersTimeoutMs,
  http1Options,
  http2Options,
  maxConnections,
  maxHeadersCount,
  sessionWindowBytes,
} from "./limits.ts";
import { detectProtocol } from "./protocol.ts";
import { clearSocketPath, socketPathOf } from "./socket-path.ts";

/**
 * Serves HTTP/1.1 and HTTP/2 without TLS on one unix socket. Who may open the socket is root's business and its group's:
 * the socket has mode 0660 from the first moment on.
 */
export class Listener {
  readonly address: string;
  readonly #path: string;
  readonly #http1: Http1Server;
  readonly #http2: Http2Server;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();

  private constructor(address: string, handler: HttpHandler, log: Logger) {
    this.address = address;
    this.#path = socketPathOf(address);
    this.#http2 = this.#createHttp2(handler, log);
    this.#http1 = this.#createHttp1(handler, log);
  }

  /**
   * Begins to serve at `address`, which has the form `unix:///PATH`.
   *
   * Rejects with
   * - `invalid-argument`: the address has another form, or its path is too long
   * - `failed-precondition`: the path is in use, or its directory is open to everybody
   */
  static async open(address: string, handler: HttpHandler, log: Logger): Promise<Listener> {
    const listener = new Listener(address, handler, log);
    await clearSocketPath(listener.#path);
    await listener.#listen();
    return listener;
  }

  /** Stops accepting connections and removes the socket; what is being answered goes on. */
  stopAccepting(): void {
    this.#http1.close();
    // Node removes the socket as well, when the last connection is gone; nobody shall find it until then.
    rmSync(this.#path, { force: true });
    for (const session of this.#sessions) session.close();
  }

  /**
   * Resolves when every connection has ended; those left after `graceMs` are cut off.
   *
   * To be called after {@link Listener.stopAccepting}.
   */
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

  async #listen(): Promise<void> {
    // Binding makes the file, and happens before listen returns: there is no moment with a wider mode.
    const umask = process.umask(0o177);
    const ready = Promise.withResolvers<void>();
    try {
      this.#http1.once("error", ready.reject);
      this.#http1.listen({ path: this.#path, backlog: 512 }, ready.resolve);
    } finally {
      process.umask(umask);
    }
    await ready.promise;
    this.#http1.off("error", ready.reject);
    chmodSync(this.#path, 0o660);
  }

  /**
   * The HTTP/1.1 server owns the socket, because its timeouts work only for one that listens; its own way of taking a
   * connection is called once the first bytes are known not to be those of HTTP/2.
   */
  #createHttp1(handler: HttpHandler, log: Logger): Http1Server {
    const server = createHttp1Server(http1Options, handler);
    server.maxHeadersCount = maxHeadersCount;
    server.maxConnections = maxConnections;
    const serveHttp1 = server.listeners("connection");
    server.removeAllListeners("connection");
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
      detectProtocol(socket, headersTimeoutMs, (version) => {
        if (version === "http/2") {
          // Servers of HTTP/1.1 keep a connection whose peer has said all; in HTTP/2 it is one whose peer is gone.
          socket.allowHalfOpen = false;
          this.#http2.emit("connection", socket);
          return;
        }
        for (const serve of serveHttp1) serve.call(server, socket);
        socket.resume();
      });
    });
    server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
      log.debug({ err: error }, "request could not be read");
      if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
      else socket.destroy();
    });
    return server;
  }

  #createHttp2(handler: HttpHandler, log: Logger): Http2Server {
    const server = createHttp2Server(http2Options, handler);
    server.on("session", (session) => {
      this.#sessions.add(session);
      session.once("close", () => this.#sessions.delete(session));
      session.setLocalWindowSize(sessionWindowBytes);
    });
    server.on("sessionError", (error) => log.debug({ err: error }, "connection failed"));
    return server;
  }
}
