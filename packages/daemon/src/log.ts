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

/** Logs that {@link childLog} made, by what they were made of. */
const followers = new WeakMap<Logger, Set<Logger>>();

/** Makes a log whose lines carry `fields`, and which follows {@link changeLevel} of its origin. For a few that last. */
export function childLog(log: Logger, fields: Readonly<Record<string, string>>): Logger {
  const child = log.child(fields);
  const all = followers.get(log) ?? new Set();
  followers.set(log, all.add(child));
  return child;
}

/** Logs more or less from now on. */
export function changeLevel(log: Logger, level: LogLevel): void {
  log.level = level;
  for (const child of followers.get(log) ?? []) child.level = level;
}

/** A log that writes nothing, for daemons inside other programs. */
export function createSilentLog(): Logger {
  return pino({ level: "silent" });
}
