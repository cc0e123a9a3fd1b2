import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import type { GetVersionResponseSchema, SystemService } from "@gantry/api/gantry/system/v1";
import { dateToMessage } from "@gantry/api/wire";
import type { Core } from "../core/core.ts";
import type { LoopDelay } from "../loop-delay.ts";
import { daemonVersion, ociArchitecture, ociOs } from "../version.ts";
import { describe, describeRuntimes, describeSnapshotters } from "./plugin-info.ts";

/** What the daemon tells about itself. */
export interface SystemFacts {
  readonly root: string;
  readonly state: string;
  readonly startedAt: Date;
  readonly loopDelay: LoopDelay;
}

/** Serves `gantry.system.v1.SystemService`. */
export function createSystemService(core: Core, facts: SystemFacts): ServiceImpl<typeof SystemService> {
  return {
    getVersion: () => versionOf(facts),
    getInfo: async () => ({
      version: versionOf(facts),
      root: facts.root,
      state: facts.state,
      plugins: [
        ...(await describeRuntimes(core.plugins.runtimes, core.containers.strays())),
        ...describeSnapshotters(core.plugins.snapshotters),
        ...core.plugins.contents.outcomes.map((outcome) => describe("content", outcome)),
      ],
      defaultRuntime: core.plugins.runtimes.defaultId ?? "",
      defaultSnapshotter: core.plugins.snapshotters.defaultId ?? "",
      containers: await core.containers.counts(),
      residentBytes: BigInt(process.memoryUsage.rss()),
      loopDelayP99Us: facts.loopDelay.p99Us(),
    }),
  };
}

function versionOf(facts: SystemFacts): MessageInitShape<typeof GetVersionResponseSchema> {
  return {
    version: daemonVersion(),
    engine: `Node ${process.versions.node}`,
    os: ociOs(),
    architecture: ociArchitecture(),
    pid: process.pid,
    startedAt: dateToMessage(facts.startedAt),
  };
}
