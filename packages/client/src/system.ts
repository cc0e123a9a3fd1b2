import type { CallOptions } from "@gantry/api";
import { type GetVersionResponse, type Plugin, PluginStatus } from "@gantry/api/gantry/system/v1";
import { HealthCheckResponse_ServingStatus } from "@gantry/api/grpc";
import { dateFromMessage, labelsFromMessage } from "@gantry/api/wire";
import type { RawClients } from "./raw.ts";
import { required } from "./values.ts";

/** Who serves. */
export interface DaemonVersion {
  readonly version: string;
  /** `Node 26.10.0`, for example. */
  readonly engine: string;
  /** In the words of OCI: `linux`, `amd64`. */
  readonly os: string;
  readonly architecture: string;
  readonly pid: number;
  readonly startedAt: Date;
}

/** A snapshotter, runtime or other part of the daemon. */
export interface PluginInfo {
  readonly type: string;
  readonly id: string;
  readonly status: "ready" | "skipped" | "failed" | "unknown";
  /** Why it was skipped or failed; `""` else. */
  readonly reason: string;
  readonly version: string;
  readonly capabilities: readonly string[];
  readonly details: ReadonlyMap<string, string>;
}

/** What the daemon consists of, and how it fares. */
export interface DaemonInfo {
  readonly version: DaemonVersion;
  readonly root: string;
  readonly state: string;
  readonly plugins: readonly PluginInfo[];
  /** `null` where none is ready. */
  readonly defaultRuntime: string | null;
  readonly defaultSnapshotter: string | null;
  /** Containers of all namespaces, by where they stand. */
  readonly containers: Readonly<Record<"created" | "running" | "paused" | "stopped" | "unknown", number>>;
  readonly residentBytes: bigint;
  /** 99th percentile of the delay of the daemon's event loop, in microseconds. */
  readonly loopDelayP99Us: bigint;
}

/** Tells about the daemon itself. */
export interface SystemClient {
  version(options?: CallOptions): Promise<DaemonVersion>;
  info(options?: CallOptions): Promise<DaemonInfo>;
}

export function createSystem(raw: RawClients): SystemClient {
  return {
    version: async (options = {}) => versionFrom(await raw.system.getVersion({}, options)),
    async info(options = {}) {
      const info = await raw.system.getInfo({}, options);
      const { created = 0, running = 0, paused = 0, stopped = 0, unknown = 0 } = info.containers ?? {};
      return {
        version: versionFrom(required(info.version, "version")),
        root: info.root,
        state: info.state,
        plugins: info.plugins.map(pluginFrom),
        defaultRuntime: info.defaultRuntime || null,
        defaultSnapshotter: info.defaultSnapshotter || null,
        containers: { created, running, paused, stopped, unknown },
        residentBytes: info.residentBytes,
        loopDelayP99Us: info.loopDelayP99Us,
      };
    },
  };
}

/** Asks by gRPC's own health protocol whether the daemon serves. */
export async function isServing(raw: RawClients, options: CallOptions): Promise<boolean> {
  const { status } = await raw.health.check({}, options);
  return status === HealthCheckResponse_ServingStatus.SERVING;
}

function versionFrom(message: GetVersionResponse): DaemonVersion {
  const { version, engine, os, architecture, pid, startedAt } = message;
  return { version, engine, os, architecture, pid, startedAt: dateFromMessage(startedAt) };
}

const statusWords: ReadonlyMap<PluginStatus, PluginInfo["status"]> = new Map([
  [PluginStatus.READY, "ready"],
  [PluginStatus.SKIPPED, "skipped"],
  [PluginStatus.FAILED, "failed"],
]);

function pluginFrom(message: Plugin): PluginInfo {
  const { type, id, reason, version, capabilities, details } = message;
  const status = statusWords.get(message.status) ?? "unknown";
  return { type, id, status, reason, version, capabilities, details: labelsFromMessage(details) };
}
