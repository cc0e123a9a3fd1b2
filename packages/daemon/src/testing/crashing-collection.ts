/**
 * A collection that is killed: `node crashing-collection.ts DIRECTORY STEP`. The process dies by SIGKILL at the STEP-th of
 * the moments right before and right behind each removal of a blob. It writes "done" if it comes to the end.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Content, ContentStore } from "@gantry/api/content";
import { contentRegistration } from "@gantry/content";
import { emptyConfig } from "../config/config.ts";
import { Core } from "../core/core.ts";
import { createSilentLog } from "../log.ts";
import { openPlugins } from "../open-plugins.ts";
import { collectPluginSources } from "../plugin-sources.ts";
import { neverCollect } from "./test-core.ts";

const [directory = "", step = ""] = process.argv.slice(2);
const [root, state] = [join(directory, "r"), join(directory, "s")];
for (const path of [root, state]) mkdirSync(path, { recursive: true });

let left = Number(step);
async function moment(): Promise<void> {
  left -= 1;
  if (left !== 0) return;
  process.kill(process.pid, "SIGKILL");
  // The signal is on its way; nothing must happen until it is there.
  await new Promise(() => {});
}

function watched(store: ContentStore): ContentStore {
  const within = (content: Content): Content =>
    new Proxy(content, {
      get: (target, name) => {
        if (name !== "delete") {
          const value: unknown = Reflect.get(target, name);
          return typeof value === "function" ? value.bind(target) : value;
        }
        return async (digest: string) => {
          await moment();
          await target.delete(digest);
          await moment();
        };
      },
    });
  return { in: (namespace) => within(store.in(namespace)), close: () => store.close() };
}

const contents = [
  {
    id: "local",
    open: async (context: Parameters<typeof contentRegistration.open>[0]) => {
      const opened = await contentRegistration.open(context);
      return "ready" in opened ? { ready: { ...opened.ready, store: watched(opened.ready.store) } } : opened;
    },
  },
];
const log = createSilentLog();
const fail = () => process.exit(1);
const registrations = { runtimes: [], snapshotters: [], contents };
const sources = collectPluginSources(emptyConfig, { runtimes: [], snapshotters: [], contents: [] }, registrations);
const plugins = () => openPlugins({ sources, config: emptyConfig, root, state, log, fail });
const core = await Core.open({ root, state, plugins, log, fail, gcSchedule: neverCollect });
await core.collector.collect("default");
await core.close();
process.stdout.write("done\n");
