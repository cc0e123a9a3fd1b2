import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { specToAny } from "@gantry/api/spec";
import { contentRegistration } from "@gantry/content";
import { createMemoryDriver, createMemoryStore, createSnapshotter } from "@gantry/snapshotter";
import { emptyConfig } from "../config/config.ts";
import { Core, type CoreOptions } from "../core/core.ts";
import type { GcSchedule } from "../core/gc/scheduler.ts";
import { createSilentLog } from "../log.ts";
import { openPlugins } from "../open-plugins.ts";
import { collectPluginSources } from "../plugin-sources.ts";
import { FakeRuntime } from "./fake-runtime.ts";
import { digestOf } from "./oci-archive.ts";
import { temporaryDirectory } from "./test-daemon.ts";

/** Collects nothing of its own accord, so that a test decides when. */
export const neverCollect: GcSchedule = { delayMs: 2 ** 30, changes: Number.POSITIVE_INFINITY, share: 1 };

const signal = new AbortController().signal;

/** A core with real content, and snapshots that hold no bytes, without a daemon around it. */
export class TestCore {
  readonly core: Core;
  readonly directory: string;

  private constructor(core: Core, directory: string) {
    this.core = core;
    this.directory = directory;
  }

  /** @param directory - default: a new one, which is removed in the end */
  static async open(options: Partial<CoreOptions> = {}, directory = temporaryDirectory()): Promise<TestCore> {
    const [root, state] = [join(directory, "r"), join(directory, "s")];
    for (const path of [root, state]) mkdirSync(path, { recursive: true });
    const snapshotter = await createSnapshotter(createMemoryDriver(), createMemoryStore());
    const registrations = {
      runtimes: [new FakeRuntime().registration()],
      snapshotters: [{ id: "memory", open: async () => ({ ready: snapshotter }) }],
      contents: [contentRegistration],
    };
    const log = createSilentLog();
    const fail = () => {};
    const sources = collectPluginSources(emptyConfig, { runtimes: [], snapshotters: [], contents: [] }, registrations);
    const plugins = () => openPlugins({ sources, config: emptyConfig, root, state, log, fail });
    const core = await Core.open({ root, state, plugins, log, fail, gcSchedule: neverCollect, ...options });
    return new TestCore(core, directory);
  }

  /** Makes a blob, by hand or under a lease, and returns its digest. */
  async blob(text: string, lease?: string, labels: ReadonlyMap<string, string> = new Map()): Promise<string> {
    const { contents } = this.core;
    const under = lease === undefined ? undefined : { lease };
    const data = Buffer.from(text);
    const digest = digestOf(data);
    await contents.write({ namespace: "default", ref: digest, offsetBytes: 0n, data, under }, signal);
    await contents.commit("default", digest, { digest, labels, under });
    return digest;
  }

  /** Makes a Committed snapshot, by hand or under a lease. */
  async layer(name: string, parent: string | null, lease?: string): Promise<void> {
    const under = lease === undefined ? undefined : { lease };
    const ref = (one: string) => ({ namespace: "default", snapshotter: "", name: one });
    await this.core.snapshots.prepare(ref(`${name}-key`), parent, { under });
    await this.core.snapshots.commit(ref(name), `${name}-key`, { under });
  }

  async lease(id: string, afterMs?: number): Promise<void> {
    const end = afterMs === undefined ? {} : { end: { afterMs } };
    await this.core.leases.create({ namespace: "default", id, labels: new Map(), ...end });
  }

  endLease(id: string): void {
    this.core.leases.delete({ namespace: "default", id });
  }

  /** Makes a container on a snapshot of its own. */
  async container(id: string, snapshotKey: string, labels: ReadonlyMap<string, string> = new Map()): Promise<void> {
    const spec = specToAny({ ociVersion: "1.0.2", process: { args: ["true"], cwd: "/" } });
    const on = { namespace: "default", id, labels, image: "", runtime: "", spec, snapshotter: "", snapshotKey };
    const rest = { ownsSnapshot: false, deleteOnExit: false, extensions: new Map(), rootfs: [] };
    const supervision = { restartPolicy: { mode: "no", maxRestarts: 0 }, healthCheck: null } as const;
    await this.core.containers.create({ ...on, ...rest, ...supervision, stdio: { kind: "log" } }, signal);
  }

  /** Collects, and returns what went as `TYPE ID`. */
  async collect(): Promise<readonly string[]> {
    const { removed } = await this.core.collector.collect("default");
    return removed.map(({ type, id }) => `${type} ${id}`);
  }

  /** All blobs and snapshots that are there, as `TYPE ID`, ordered. */
  async there(): Promise<readonly string[]> {
    const blobs = await Array.fromAsync(this.core.contents.in("default").walk());
    const snapshots = await Array.fromAsync(this.core.snapshots.walk("default", "", {}));
    const named = [
      ...blobs.map(({ digest }) => `content ${digest}`),
      ...snapshots.map(({ name }) => `snapshot/memory ${name}`),
    ];
    return named.sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.core.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
