import { mkdtempSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Interceptor, Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import { createDaemon, type Daemon, type DaemonOptions } from "../daemon.ts";
import { createJsonRegistry } from "../services/json-registry.ts";

/** The protocols that the daemon speaks. */
export const protocols = ["grpc", "grpc-web", "connect"] as const;

/** One of {@link protocols}, or Connect in JSON over HTTP/1.1, as a page or curl speaks it. */
export type TestProtocol = (typeof protocols)[number] | "json";

/** Makes a directory of its own for a test. */
export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), "gantry-daemon-"));
}

/** A daemon in directories of its own. */
export class TestDaemon {
  readonly directory: string;
  readonly socket: string;
  readonly daemon: Daemon;
  readonly #connections: TestTransport[] = [];

  private constructor(directory: string, socket: string, daemon: Daemon) {
    this.directory = directory;
    this.socket = socket;
    this.daemon = daemon;
  }

  /** @param given - default: a new one. Either is removed in the end, a new one also if the daemon does not start */
  static async start(options: Partial<DaemonOptions> = {}, given?: string): Promise<TestDaemon> {
    const directory = given ?? temporaryDirectory();
    const socket = join(directory, "s", "gantry.sock");
    const places = { root: join(directory, "r"), state: join(directory, "s"), address: `unix://${socket}` };
    try {
      const daemon = await createDaemon({ ...places, registrations: noPlugins, ...options });
      return new TestDaemon(directory, socket, daemon);
    } catch (error) {
      if (given === undefined) rmSync(directory, { recursive: true, force: true });
      throw error;
    }
  }

  transport(protocol: TestProtocol = "grpc", headers: Readonly<Record<string, string>> = {}): Transport {
    const connection = connectTo(this.socket, protocol, headers);
    this.#connections.push(connection);
    return connection.transport;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of this.#connections) connection.close();
    await this.daemon.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Nothing at all. */
export const noPlugins = { runtimes: [], snapshotters: [], contents: [] };

/** A way to call, and the connection that it keeps. */
export interface TestTransport {
  readonly transport: Transport;
  close(): void;
}

/** Connects to a unix socket. */
export function connectTo(
  socket: string,
  protocol: TestProtocol,
  headers: Readonly<Record<string, string>> = {},
): TestTransport {
  const baseUrl = "http://localhost";
  const withHeaders: Interceptor = (next) => (request) => {
    for (const [name, value] of Object.entries(headers)) request.header.set(name, value);
    return next(request);
  };
  if (protocol === "json") return { transport: jsonTransport(socket, withHeaders), close: () => {} };
  // Node refuses to send a message that is larger than the memory of the session.
  const session = { createConnection: () => createConnection(socket), maxSessionMemory: 1000 };
  const sessionManager = new Http2SessionManager(baseUrl, {}, session);
  const options = { baseUrl, interceptors: [withHeaders], httpVersion: "2" as const, sessionManager };
  const transports = {
    grpc: () => createGrpcTransport(options),
    "grpc-web": () => createGrpcWebTransport(options),
    connect: () => createConnectTransport({ ...options, useBinaryFormat: true }),
  };
  return { transport: transports[protocol](), close: () => sessionManager.abort() };
}

/** As a page or curl does it. */
function jsonTransport(socketPath: string, interceptor: Interceptor): Transport {
  return createConnectTransport({
    baseUrl: "http://localhost",
    httpVersion: "1.1",
    nodeOptions: { socketPath },
    useBinaryFormat: false,
    jsonOptions: { registry: createJsonRegistry() },
    interceptors: [interceptor],
  });
}
