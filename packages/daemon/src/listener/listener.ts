import { chmodSync, rmSync } from "node:fs";
import type { Logger } from "pino";
import type { CallHandler } from "./http-handler.ts";
import { HttpServer } from "./http-server.ts";
import { openLocalPeers } from "./local-peer.ts";
import { guardOrigin } from "./origin.ts";
import { peerOf } from "./peer.ts";
import { clearSocketPath, isPipePath, socketPathOf } from "./socket-path.ts";

/** What {@link Listener.open} needs. */
export interface ListenerOptions {
  readonly handler: CallHandler;
  readonly log: Logger;
  /** Origins of pages that may call, as browsers write them. */
  readonly allowedOrigins: ReadonlySet<string>;
  /** Descriptor of the socket, which listens already and belongs to somebody else. Default: it is made. */
  readonly inherited?: number;
}

/**
 * Serves HTTP/1.1 and HTTP/2 without TLS on one unix socket, or on Windows a named pipe. Who may open the socket is root's business and its group's:
 * the socket has mode 0660 from the first moment on. Whoever may is an admin.
 */
export class Listener {
  readonly address: string;
  /** `undefined` where there is nothing to remove in the end. */
  readonly #path: string | undefined;
  readonly #server: HttpServer;

  private constructor(address: string, path: string | undefined, server: HttpServer) {
    this.address = address;
    this.#path = path;
    this.#server = server;
  }

  /**
   * Begins to serve at `address`, which has the form `unix:///PATH`, or on Windows `npipe:////./pipe/NAME`.
   *
   * Rejects with
   * - `invalid-argument`: the address has another form, or its path is too long
   * - `failed-precondition`: the path is in use, or its directory is open to everybody
   */
  static async open(address: string, options: ListenerOptions): Promise<Listener> {
    const { handler, log, allowedOrigins, inherited } = options;
    const path = socketPathOf(address);
    const greet = await openLocalPeers();
    const guarded = guardOrigin(allowedOrigins, (request, response) => {
      const caller = peerOf(request);
      // The connection is gone, and nobody left to answer.
      if (caller === undefined) response.destroy();
      else handler(request, response, caller);
    });
    const server = new HttpServer({ handler: guarded, log, greet });
    if (inherited !== undefined) {
      await server.listen({ fd: inherited });
    } else if (isPipePath(path)) {
      // Whom Windows lets write to it by default: its owner, administrators and the system.
      await server.listen({ path });
    } else {
      await clearSocketPath(path);
      await listenPrivately(server, path);
      return new Listener(address, path, server);
    }
    return new Listener(address, undefined, server);
  }

  /** Stops accepting connections and removes the socket; what is being answered goes on. */
  stopAccepting(): void {
    this.#server.stopAccepting();
    // Node removes the socket as well, when the last connection is gone; nobody shall find it until then.
    if (this.#path !== undefined) rmSync(this.#path, { force: true });
  }

  /**
   * Resolves when every connection has ended; those left after `graceMs` are cut off.
   *
   * To be called after {@link Listener.stopAccepting}.
   */
  drain(graceMs: number): Promise<void> {
    return this.#server.drain(graceMs);
  }
}

async function listenPrivately(server: HttpServer, path: string): Promise<void> {
  // Binding makes the file, and happens before listen returns: there is no moment with a wider mode.
  const umask = process.umask(0o177);
  let listening: Promise<void>;
  try {
    listening = server.listen({ path });
  } finally {
    process.umask(umask);
  }
  await listening;
  chmodSync(path, 0o660);
}
