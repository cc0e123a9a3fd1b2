import { createServer, type Http2Server, type ServerHttp2Session } from "node:http2";
import type { ConnectRouter } from "@connectrpc/connect";
import type { SubjectType } from "../errors.ts";
import { answerRequests } from "./answer-requests.ts";
import { listen } from "./listen.ts";

/**
 * Where to serve: an address to listen on (`unix:///PATH`, or `http://127.0.0.1:PORT`, where port 0 takes a free one),
 * or a server of the caller's, who listens with it and closes it.
 *
 * Whoever reaches the address can do everything. A socket is for its owner alone (mode 0600); a port is for every user
 * of the host.
 */
export type Listener = { readonly address: string } | { readonly server: Http2Server };

/** What `serveRuntime` and `serveSnapshotter` may be told. */
export interface ServeOptions {
  /**
   * Hears of errors that are no `OperationError`: callers get them as `internal error`, without the text. Default: they
   * are written to stderr.
   *
   * @param procedure - the call that failed, as `package.Service/Method`
   */
  readonly onUnforeseen?: (error: unknown, procedure: string) => void;
}

/** Something that is being served. */
export interface Serving {
  /** Where, in the form that `connectRuntime` and `connectSnapshotter` take; empty for a server of the caller's. */
  readonly address: string;
  /**
   * Aborts the calls that run, which reject with `unavailable`, and takes the address down. Calls get five seconds to
   * undo what they began; then their connections are cut. What was served stays open. Idempotent.
   */
  close(): Promise<void>;
}

/** What to serve, beside the options of who asked for it. */
export interface Served extends ServeOptions {
  readonly type: SubjectType;
  readonly routes: (router: ConnectRouter) => void;
}

// Node's own bounds are against strangers. They would cut the connection of a caller who stops waiting for some hundred
// containers at once, or who reads slowly what a hundred of them print.
const serverOptions = { maxSessionMemory: 1_000, streamResetBurst: 1_000_000, streamResetRate: 1_000_000 };

/** Serves routes over gRPC, with the errors of the contracts and with calls that can be canceled by name. */
export async function serve(listener: Listener, served: Served): Promise<Serving> {
  const { type, routes, onUnforeseen } = served;
  if ("server" in listener) {
    const close = answerRequests(listener.server, { subject: { type, id: "" }, routes, onUnforeseen });
    return { address: "", close: once(close) };
  }
  const server = createServer(serverOptions);
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  const subject = { type, id: listener.address };
  const endCalls = answerRequests(server, { subject, routes, onUnforeseen });
  const address = await listen(server, listener.address, subject);
  const close = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    await endCalls();
    await Promise.all([...sessions].map(endSession));
    await closed;
  };
  return { address, close: once(close) };
}

/** Lets what was written reach the caller. */
function endSession(session: ServerHttp2Session): Promise<void> {
  return new Promise((resolve) => {
    session.once("close", resolve);
    session.close();
    session.setTimeout(100, () => session.destroy());
  });
}

function once(close: () => Promise<void>): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () => {
    closing ??= close();
    return closing;
  };
}
