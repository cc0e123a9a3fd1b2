import { isAbsolute, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { OperationError } from "@gantry/api";
import type {
  ContentRegistration,
  Registration,
  RuntimeRegistration,
  SnapshotterRegistration,
} from "@gantry/api/plugin";
import type { Builtins, LazyRegistration } from "./builtins.ts";
import type { Config, PluginConfig } from "./config/config.ts";
import type { PluginSource } from "./plugins.ts";

/** Registrations that take the place of those that are built in, type by type; for programs that embed the daemon. */
export interface Registrations {
  readonly runtimes?: readonly RuntimeRegistration[];
  readonly snapshotters?: readonly SnapshotterRegistration[];
  readonly contents?: readonly ContentRegistration[];
}

/** Where all plug-ins come from, by type. */
export interface PluginSources {
  readonly runtimes: readonly PluginSource<RuntimePlugin>[];
  readonly snapshotters: readonly PluginSource<SnapshotterPlugin>[];
  readonly contents: readonly PluginSource<ContentPlugin>[];
}

type Plugin<R> = R extends Registration<infer T> ? T : never;
type RuntimePlugin = Plugin<RuntimeRegistration>;
type SnapshotterPlugin = Plugin<SnapshotterRegistration>;
type ContentPlugin = Plugin<ContentRegistration>;

/** How a type of plug-in is found outside of the daemon. */
interface Outside<T> {
  /** The name that a module exports its registration under. */
  readonly exportName: string;
  /** What relative paths of modules are relative to. */
  readonly directory: string;
  connect(address: string): Promise<T>;
}

/** Puts together what is built in, what is given by an embedding program, and what the configuration adds. */
export function collectPluginSources(config: Config, builtins: Builtins, given: Registrations): PluginSources {
  const { directory, runtimes, snapshotters } = config;
  const contents = given.contents?.map(lazily) ?? builtins.contents;
  return {
    runtimes: sourcesOf<RuntimePlugin>(given.runtimes?.map(lazily) ?? builtins.runtimes, runtimes, {
      ...{ directory, exportName: "runtime" },
      connect: async (address) => (await import("@gantry/api/remote")).connectRuntime(address),
    }),
    snapshotters: sourcesOf<SnapshotterPlugin>(given.snapshotters?.map(lazily) ?? builtins.snapshotters, snapshotters, {
      ...{ directory, exportName: "snapshotter" },
      connect: async (address) => (await import("@gantry/api/remote")).connectSnapshotter(address),
    }),
    contents: contents.map((one) => ({ ...one, options: {} })),
  };
}

function lazily<R extends Registration<unknown>>(registration: R): LazyRegistration<R> {
  return { id: registration.id, load: async () => registration };
}

/** One of the configuration takes the place of a built-in one of the same id, in the same place of the order. */
function sourcesOf<T>(
  builtins: readonly LazyRegistration<Registration<T>>[],
  configured: ReadonlyMap<string, PluginConfig>,
  outside: Outside<T>,
): readonly PluginSource<T>[] {
  const known = builtins.map((builtin) => {
    const plugin = configured.get(builtin.id);
    if (plugin === undefined) return unconfiguredSource(builtin);
    const isOutside = plugin.module !== undefined || plugin.address !== undefined;
    return isOutside ? outsideSource(builtin.id, plugin, outside) : { ...builtin, options: plugin.options };
  });
  const ids = new Set(builtins.map(({ id }) => id));
  const added = [...configured].filter(([id]) => !ids.has(id));
  return [...known, ...added.map(([id, plugin]) => outsideSource(id, plugin, outside))];
}

/** What waits to be configured is in the list all the same, so that whoever asks for it is told what it needs. */
function unconfiguredSource<T>({ id, load, needs }: LazyRegistration<Registration<T>>): PluginSource<T> {
  if (needs === undefined) return { id, options: {}, load };
  const open = async () => ({ skipped: `needs ${needs} in the configuration` });
  return { id, options: {}, load: async () => ({ id, open }) };
}

function outsideSource<T>(id: string, plugin: PluginConfig, outside: Outside<T>): PluginSource<T> {
  const { module, address, options } = plugin;
  if (address !== undefined) {
    const open = async () => ({ ready: await outside.connect(address) });
    return { id, options, comesAndGoes: true, load: async () => ({ id, open }) };
  }
  if (module !== undefined) return { id, options, load: () => importRegistration(module, outside) };
  const load = () => {
    throw new OperationError(
      "invalid-argument",
      { type: "daemon", id },
      "is not built in, and has neither module nor address",
    );
  };
  return { id, options, load };
}

async function importRegistration<T>(module: string, outside: Outside<T>): Promise<Registration<T>> {
  const isPath = module.startsWith("./") || module.startsWith("../") || isAbsolute(module);
  const specifier = isPath ? pathToFileURL(resolve(outside.directory, module)).href : module;
  const exports: Record<string, unknown> = await import(specifier);
  const found = exports[outside.exportName];
  if (typeof found === "object" && found !== null && "open" in found && typeof found.open === "function") {
    // What `open` returns is checked by nobody; a module that the administrator names is part of the daemon.
    return found as Registration<T>;
  }
  const detail = `exports no registration "${outside.exportName}"`;
  throw new OperationError("invalid-argument", { type: "daemon", id: module }, detail);
}
