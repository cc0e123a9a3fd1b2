// For programs that hold a daemon inside themselves.
export type { Config, PluginConfig } from "./config/config.ts";
export { parseConfig } from "./config/parse-config.ts";
export type { Daemon, DaemonOptions } from "./daemon.ts";
export { createDaemon } from "./daemon.ts";
export type { LogLevel } from "./log.ts";
export { createLog } from "./log.ts";
export type { Registrations } from "./plugin-sources.ts";
