import { type LogLevel, logLevels } from "../log.ts";
import type { Config, PluginConfig } from "./config.ts";
import { type ConfigSource, mergeSources, sourceFrom } from "./config-source.ts";
import { ConfigTable } from "./config-table.ts";
import { tcpConfigFrom } from "./tcp-config.ts";

/** The only version there is. */
const version = 1;

/**
 * Reads the text of a configuration file.
 *
 * @param path - the file's absolute path, for messages and for what is relative to it
 *
 * Throws `invalid-argument`: it is no TOML, or has a key or a value that is not understood; the message names the place
 */
export function parseConfig(text: string, path: string, directory: string): Config {
  return configFrom([sourceFrom(text, path)], directory);
}

/**
 * Reads a configuration of several files, later ones over earlier ones.
 *
 * @param directory - what relative paths are relative to
 *
 * Throws `invalid-argument`: there is a key or a value that is not understood; the message names file and place
 */
export function configFrom(sources: readonly ConfigSource[], directory: string): Config {
  const root = new ConfigTable(mergeSources(sources), { sources, names: [] });
  if (root.number("version") !== version) throw root.wrong("version", `must be ${version}`);
  const listen = root.table("listen");
  const defaults = root.table("defaults");
  const config = {
    ...optional({ root: root.text("root"), state: root.text("state"), logLevel: levelOf(root) }),
    listen: {
      allowedOrigins: listen.texts("allowed_origins"),
      ...optional({ address: listen.text("address"), tcp: tcpConfigFrom(listen, directory) }),
    },
    defaults: optional({ runtime: defaults.text("runtime"), snapshotter: defaults.text("snapshotter") }),
    runtimes: pluginsOf(root.table("runtimes")),
    snapshotters: pluginsOf(root.table("snapshotters")),
    directory,
  };
  for (const table of [root, listen, defaults]) table.refuseOthers();
  return config;
}

function levelOf(root: ConfigTable): LogLevel | undefined {
  const word = root.text("log_level");
  if (word === undefined) return undefined;
  const level = logLevels.find((one) => one === word);
  if (level === undefined) throw root.wrong("log_level", `must be one of ${logLevels.join(", ")}`);
  return level;
}

function pluginsOf(table: ConfigTable): ReadonlyMap<string, PluginConfig> {
  return new Map(table.names().map((id) => [id, pluginOf(table.table(id))]));
}

function pluginOf(table: ConfigTable): PluginConfig {
  const source = optional({ module: table.text("module"), address: table.text("address") });
  if (source.module !== undefined && source.address !== undefined) {
    throw table.wrong("address", "module and address exclude each other");
  }
  const plugin = { ...source, options: table.table("options").values() };
  table.refuseOthers();
  return plugin;
}

/** Leaves out what is undefined. */
function optional<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const defined = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(defined) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
