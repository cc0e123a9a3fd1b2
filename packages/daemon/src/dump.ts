import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Core } from "./core/core.ts";
import { withDeadline } from "./core/deadline.ts";
import type { PluginOutcome } from "./plugins.ts";
import type { SystemFacts } from "./services/system.ts";
import { daemonVersion } from "./version.ts";

/** How long what a runtime has to be asked for may take: a dump is wanted most when something hangs. */
const askMs = 2_000;

/** What a daemon is at, for a person who looks into it; fields may be added and renamed at any time. */
export type DaemonDump = Readonly<Record<string, unknown>>;

/** What {@link describeDaemon} looks at. */
export interface DumpSources {
  readonly core: Core;
  readonly facts: SystemFacts;
  /** How many calls are open now. */
  readonly calls: () => { readonly working: number; readonly lasting: number };
}

/** Tells what the daemon is at; what does not answer within 2 s is told with what it failed with. */
export async function describeDaemon({ core, facts, calls }: DumpSources): Promise<DaemonDump> {
  const { runtimes, snapshotters, contents } = core.plugins;
  return {
    version: daemonVersion(),
    engine: `Node ${process.versions.node}`,
    pid: process.pid,
    root: facts.root,
    state: facts.state,
    startedAt: facts.startedAt.toISOString(),
    takenAt: new Date().toISOString(),
    plugins: [...told("runtime", runtimes), ...told("snapshotter", snapshotters), ...told("content", contents)],
    containers: await containerCounts(core),
    calls: calls(),
    subscribers: core.events.subscribers,
    queues: core.queueSizes(),
    loopDelayP99Us: Number(facts.loopDelay.p99Us()),
    memory: process.memoryUsage(),
  };
}

/** Writes a dump to `STATE/dump.json`, whole or not at all, for nobody but the daemon's user. */
export function writeDump(state: string, dump: DaemonDump): string {
  const path = join(state, "dump.json");
  const unfinished = `${path}.new`;
  rmSync(unfinished, { force: true });
  const file = openSync(unfinished, "wx", 0o600);
  try {
    writeSync(file, `${JSON.stringify(dump)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(unfinished, path);
  return path;
}

function told(type: string, { outcomes }: { readonly outcomes: readonly PluginOutcome<unknown>[] }): readonly object[] {
  return outcomes.map((outcome) => {
    const { id, status } = outcome;
    return { type, id, status, ...(outcome.status !== "ready" && { reason: outcome.reason }) };
  });
}

async function containerCounts(core: Core): Promise<object> {
  try {
    return await withDeadline({ type: "daemon", id: "dump" }, askMs, () => core.containers.counts());
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) };
  }
}
