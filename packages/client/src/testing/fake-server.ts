import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import http from "node:http";
import http2 from "node:http2";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { Code, ConnectError, type ConnectRouter, type Interceptor } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { OperationError } from "@gantry/api";
import { ErrorDetailSchema } from "@gantry/api/gantry/types/v1";
import { errorDetailFrom, statusCodeOf } from "@gantry/api/wire";

/** A server on a unix socket of its own that speaks the API as far as a test has it. */
export interface FakeServer extends AsyncDisposable {
  /** `unix:///PATH` */
  readonly address: string;
  /** Cuts every connection and stops listening, as the death of a daemon does. */
  kill(): Promise<void>;
  /** Listens again on the same socket. */
  revive(): Promise<void>;
}

/** Starts a server of `routes` in a fresh directory. */
export async function startFakeServer(routes: (router: ConnectRouter) => void): Promise<FakeServer> {
  const directory = await mkdtemp(path.join(tmpdir(), "gantry-client-"));
  const socket = path.join(directory, "fake.sock");
  let listening = await listen(routes, socket);
  const kill = async () => {
    await listening();
    await rm(socket, { force: true });
  };
  return {
    address: `unix://${socket}`,
    kill,
    async revive() {
      listening = await listen(routes, socket);
    },
    async [Symbol.asyncDispose]() {
      await listening();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A server of `routes` on HTTP/1.1 and the loopback, as a browser reaches it. */
export async function startFakeWebServer(
  routes: (router: ConnectRouter) => void,
): Promise<{ readonly baseUrl: string } & AsyncDisposable> {
  const server = http.createServer(connectNodeAdapter({ routes, interceptors: [sendOperationErrors] }));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function listen(routes: (router: ConnectRouter) => void, socket: string): Promise<() => Promise<void>> {
  const sockets = new Set<Socket>();
  const server = http2.createServer(connectNodeAdapter({ routes, interceptors: [sendOperationErrors] }));
  server.on("connection", (connection: Socket) => {
    sockets.add(connection);
    connection.once("close", () => sockets.delete(connection));
  });
  // A session that is cut reports so; that is what the tests do to it.
  server.on("sessionError", () => undefined);
  server.listen(socket);
  await once(server, "listening");
  return async () => {
    if (server.listening) {
      server.close();
      for (const connection of sockets) connection.destroy();
      await once(server, "close");
    }
  };
}

/** As the daemon does it: status code and detail, also for what is thrown while a stream is sent. */
const sendOperationErrors: Interceptor = (next) => async (request) => {
  try {
    const response = await next(request);
    return response.stream ? { ...response, message: sending(response.message) } : response;
  } catch (error) {
    throw toConnectError(error);
  }
};

async function* sending<T>(messages: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* messages;
  } catch (error) {
    throw toConnectError(error);
  }
}

function toConnectError(error: unknown): ConnectError {
  if (!(error instanceof OperationError)) {
    return ConnectError.from(error, Code.Internal);
  }
  const details = [{ desc: ErrorDetailSchema, value: errorDetailFrom(error) }];
  return new ConnectError(error.message, statusCodeOf[error.kind], undefined, details);
}
