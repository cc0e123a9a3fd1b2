import type { LogLevel } from "../log.ts";
import type { TcpConfig } from "./tcp-config.ts";

/** Where a plug-in of the configuration comes from, and its options. */
export interface PluginConfig {
  /** A package's name, or a path relative to the configuration's file. */
  readonly module?: string;
  /** `unix:///PATH` of a process that serves the contract. */
  readonly address?: string;
  /** What the plug-in gets; it checks them by itself. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** What a configuration file says. What it leaves out is up to flags and defaults. */
export interface Config {
  readonly root?: string;
  readonly state?: string;
  readonly logLevel?: LogLevel;
  readonly listen: {
    readonly address?: string;
    /** Origins of pages that may call, as browsers write them. */
    readonly allowedOrigins: readonly string[];
    /** Default: nothing is served over TCP. */
    readonly tcp?: TcpConfig;
  };
  readonly defaults: { readonly runtime?: string; readonly snapshotter?: string };
  /** By id. One without module and address is built in, and gets its options. */
  readonly runtimes: ReadonlyMap<string, PluginConfig>;
  readonly snapshotters: ReadonlyMap<string, PluginConfig>;
  /** Directory that relative modules are relative to. */
  readonly directory: string;
}

/** What is configured where there is no file. */
export const emptyConfig: Config = {
  listen: { allowedOrigins: [] },
  defaults: {},
  runtimes: new Map(),
  snapshotters: new Map(),
  directory: "/",
};
