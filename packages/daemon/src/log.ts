import { destination, type Logger, pino, stdTimeFunctions } from "pino";

/** How much is logged: lines of this level and of those above it. */
export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

/** One of {@link logLevels}. */
export type LogLevel = (typeof logLevels)[number];

/**
 * Makes the daemon's log: one JSON object a line, on standard error. Lines are written at once, so that the last words
 * before a crash are there. Bodies of requests, environments and secrets never enter it.
 */
export function createLog(level: LogLevel): Logger {
  const options = { level, base: { pid: process.pid }, timestamp: stdTimeFunctions.isoTime };
  return pino(options, destination({ fd: 2, sync: true }));
}

/** A log that writes nothing, for daemons inside other programs. */
export function createSilentLog(): Logger {
  return pino({ level: "silent" });
}
