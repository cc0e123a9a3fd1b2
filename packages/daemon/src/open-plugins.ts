import { join } from "node:path";
import type { Logger } from "pino";
import type { Config } from "./config/config.ts";
import type { CorePlugins } from "./core/parts.ts";
import type { PluginSources } from "./plugin-sources.ts";
import { PluginSet } from "./plugins.ts";

/** What {@link openPlugins} needs. */
export interface OpenPluginsOptions {
  readonly sources: PluginSources;
  readonly config: Config;
  readonly root: string;
  readonly state: string;
  readonly log: Logger;
  /** Hears of a plug-in that is of no use until it is opened anew. */
  readonly fail: (reason: unknown) => void;
}

/** Opens all plug-ins at once; each gets directories of its own below root and state. */
export async function openPlugins(options: OpenPluginsOptions): Promise<CorePlugins> {
  const { sources, config, root, state, log, fail } = options;
  const below = (name: string) => ({ root: join(root, name), state: join(state, name), log, fail });
  const { runtime, snapshotter } = config.defaults;
  const [runtimes, snapshotters, contents] = await Promise.all([
    PluginSet.open({
      ...below("runtimes"),
      type: "runtime",
      sources: sources.runtimes,
      defaultId: runtime,
      close: (plugin) => plugin.close(),
    }),
    PluginSet.open({
      ...below("snapshotters"),
      type: "snapshotter",
      sources: sources.snapshotters,
      defaultId: snapshotter,
      close: (plugin) => plugin.close(),
    }),
    PluginSet.open({
      ...below("content"),
      type: "content",
      sources: sources.contents,
      close: (plugin) => plugin.store.close(),
    }),
  ]);
  // Runtimes are tried by who takes over what they have.
  snapshotters.keepTrying();
  return { runtimes, snapshotters, contents };
}
