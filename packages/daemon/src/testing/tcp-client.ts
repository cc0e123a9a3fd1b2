import type { SecureClientSessionOptions } from "node:http2";
import type { Interceptor, Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import type { TcpConfig } from "../config/tcp-config.ts";
import type { TestProtocol, TestTransport } from "./test-daemon.ts";

/** Any port of this machine, for those who show a token. */
export const loopbackWithTokens: TcpConfig = {
  address: "tcp://127.0.0.1:0",
  tokens: true,
  allowedHosts: new Set(),
  clients: new Map(),
};

/** How to call over TCP. */
export interface TcpCall {
  readonly url: string;
  /** Default: grpc. */
  readonly protocol?: TestProtocol;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly tls?: Pick<SecureClientSessionOptions, "ca" | "cert" | "key" | "maxVersion">;
}

/** Connects over TCP. */
export function connectOverTcp({ url, protocol = "grpc", token, headers = {}, tls = {} }: TcpCall): TestTransport {
  const withHeaders: Interceptor = (next) => (request) => {
    for (const [name, value] of Object.entries(headers)) request.header.set(name, value);
    if (token !== undefined) request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
  const common = { baseUrl: url, interceptors: [withHeaders] };
  if (protocol === "json") {
    const nodeOptions = { ...tls, agent: false } as const;
    return { transport: createConnectTransport({ ...common, httpVersion: "1.1", nodeOptions }), close: () => {} };
  }
  const sessionManager = new Http2SessionManager(url, {}, tls);
  const options = { ...common, httpVersion: "2" as const, sessionManager };
  const transports: Record<Exclude<TestProtocol, "json">, () => Transport> = {
    grpc: () => createGrpcTransport(options),
    "grpc-web": () => createGrpcWebTransport(options),
    connect: () => createConnectTransport({ ...options, useBinaryFormat: true }),
  };
  return { transport: transports[protocol](), close: () => sessionManager.abort() };
}
