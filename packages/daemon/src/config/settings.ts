import { join, resolve } from "node:path";
import type { LogLevel } from "../log.ts";
import { type Config, emptyConfig } from "./config.ts";
import { type ConfigFiles, readConfigFiles } from "./config-files.ts";
import { configFrom } from "./parse-config.ts";
import { type TcpFlags, withTcpFlags } from "./tcp-flags.ts";

/** Flags, or what the environment says in their place; what was not given is absent. */
export interface Flags extends TcpFlags {
  readonly root?: string;
  readonly state?: string;
  readonly address?: string;
  readonly config?: string;
  readonly logLevel?: LogLevel;
}

/** What gantryd is told by flags, environment and configuration. */
export interface Settings {
  readonly config: Config;
  readonly root: string;
  readonly state: string;
  readonly address: string;
  readonly logLevel: LogLevel;
}

/** What holds where nobody says anything else; where to listen follows from `state`. */
export const defaultSettings = { root: "/var/lib/gantry", state: "/run/gantry", logLevel: "info" } as const;

/**
 * Reads the configuration's files and puts flags and environment over them, and all over what is built in.
 *
 * Throws `invalid-argument`: a file cannot be read or understood (the message names the place), or flags do not fit
 */
export function readSettings(flags: Flags): Settings {
  return settingsFrom(flags, readConfigFiles(flags.config));
}

/** As {@link readSettings}, of files that were read before. */
export function settingsFrom(flags: Flags, { sources, directory }: ConfigFiles): Settings {
  const file = sources.length === 0 ? { ...emptyConfig, directory } : configFrom(sources, directory);
  const config = { ...file, listen: { ...file.listen, ...withTcpFlags(file.listen.tcp, flags) } };
  const root = flags.root ?? config.root ?? defaultSettings.root;
  const state = flags.state ?? config.state ?? defaultSettings.state;
  const address = flags.address ?? config.listen.address ?? defaultAddress(state);
  return { config, root, state, address, logLevel: flags.logLevel ?? config.logLevel ?? defaultSettings.logLevel };
}

function defaultAddress(state: string): string {
  return process.platform === "win32" ? "npipe:////./pipe/gantry" : `unix://${join(resolve(state), "gantry.sock")}`;
}
