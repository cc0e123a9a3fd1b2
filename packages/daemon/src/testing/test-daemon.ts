import { mkdtempSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Interceptor, Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
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

  private constructor(directory: string, socket: string, daemon: Daemon) {
    this.directory = directory;
    this.socket = socket;
    this.daemon = daemon;
  }

  /** @param directory - default: a new one, which is removed in the end */
  static async start(options: Partial<DaemonOptions> = {}, directory = temporaryDirectory()): Promise<TestDaemon> {
    const socket = join(directory, "s", "gantry.sock");
    const places = { root: join(directory, "r"), state: join(directory, "s"), address: `unix://${socket}` };
    const daemon = await createDaemon({ ...places, registrations: noPlugins, ...options });
    return new TestDaemon(directory, socket, daemon);
  }

  transport(protocol: TestProtocol = "grpc", headers: Readonly<Record<string, string>> = {}): Transport {
    return transportTo(this.socket, protocol, headers);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Nothing at all. */
export const noPlugins = { runtimes: [], snapshotters: [], contents: [] };

/** Connects to a unix socket; each call has a connection of its own, so that no test leaves one open. */
export function transportTo(
  socket: string,
  protocol: TestProtocol,
  headers: Readonly<Record<string, string>> = {},
): Transport {
  const withHeaders: Interceptor = (next) => (request) => {
    for (const [name, value] of Object.entries(headers)) request.header.set(name, value);
    return next(request);
  };
  const common = { baseUrl: "http://localhost", interceptors: [withHeaders] };
  const http2 = { ...common, httpVersion: "2" as const, idleConnectionTimeoutMs: 1 };
  const nodeOptions = { createConnection: () => createConnection(socket) };
  switch (protocol) {
    case "grpc":
      return createGrpcTransport({ ...common, idleConnectionTimeoutMs: 1, nodeOptions });
    case "grpc-web":
      return createGrpcWebTransport({ ...http2, nodeOptions });
    case "connect":
      return createConnectTransport({ ...http2, nodeOptions, useBinaryFormat: true });
    case "json": {
      const jsonOptions = { registry: createJsonRegistry() };
      return createConnectTransport({
        ...common,
        httpVersion: "1.1",
        nodeOptions: { socketPath: socket },
        useBinaryFormat: false,
        jsonOptions,
      });
    }
  }
}
