import type { ServerOptions as Http1Options } from "node:http";
import type { ServerOptions as Http2Options } from "node:http2";

/** The most bytes of one message, after decompression, in either direction. */
export const messageMaxBytes = 16 << 20;

/** How long a connection may take to show what it speaks, and to send the headers of a request. */
export const headersTimeoutMs = 10_000;

/** How long a connection over TCP may go without a call of somebody who is known, at first. */
export const strangerMs = 10_000;

/** How long a connection over TCP may go without a call. */
export const idleConnectionMs = 300_000;

/** The most connections at one time; further ones are closed at once. */
export const maxConnections = 256;

/**
 * Limits of HTTP/1.1. There is no limit on the time of a whole request: an upload or a stream may take as long as it
 * needs, and a caller who stops sending costs one connection.
 */
export const http1Options: Http1Options = {
  headersTimeout: headersTimeoutMs,
  requestTimeout: 0,
  keepAliveTimeout: 30_000,
  maxHeaderSize: 16 << 10,
  noDelay: true,
};

/** The most headers of one request. */
export const maxHeadersCount = 100;

/**
 * Limits of HTTP/2. The windows are wider than the protocol's 64 KiB, so that an upload does not wait for an answer after
 * every 64 KiB; the rest bounds what a hostile peer can make us hold (CVE-2023-44487 and its kin).
 */
export const http2Options: Http2Options = {
  settings: { maxConcurrentStreams: 128, enablePush: false, initialWindowSize: 1 << 20, maxHeaderListSize: 16 << 10 },
  // In megabytes. Beyond it new streams are refused, so a few of the largest messages must fit.
  maxSessionMemory: 64,
  maxSessionInvalidFrames: 100,
  maxSessionRejectedStreams: 100,
  maxHeaderListPairs: 100,
  maxSettings: 32,
  maxOutstandingPings: 10,
  streamResetBurst: 100,
  streamResetRate: 33,
  unknownProtocolTimeout: headersTimeoutMs,
};

/** Bytes that a peer may send over all streams of one HTTP/2 connection before we have read them. */
export const sessionWindowBytes = 4 << 20;
