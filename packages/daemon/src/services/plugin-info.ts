import { create } from "@bufbuild/protobuf";
import type { Runtime, Snapshotter } from "@gantry/api";
import { type Plugin, PluginSchema, PluginStatus } from "@gantry/api/gantry/system/v1";
import { labelsToMessage } from "@gantry/api/wire";
import type { Stray } from "../core/containers/reconcile.ts";
import type { PluginOutcome, PluginSet } from "../plugins.ts";

const statusCodes = {
  ready: PluginStatus.READY,
  skipped: PluginStatus.SKIPPED,
  failed: PluginStatus.FAILED,
} as const;

/** Says how each runtime fares; one that does not answer is told as failed, with what it said. */
export function describeRuntimes(set: PluginSet<Runtime>, strays: readonly Stray[]): Promise<readonly Plugin[]> {
  return Promise.all(
    set.outcomes.map(async (outcome) => {
      if (outcome.status !== "ready") return describe("runtime", outcome);
      try {
        const { version, details } = await outcome.plugin.info();
        const capabilities = namesOf(outcome.plugin.capabilities);
        return create(PluginSchema, {
          ...describe("runtime", outcome),
          version,
          capabilities,
          details: labelsToMessage(
            withStrays(
              details,
              strays.filter(({ runtime }) => runtime === outcome.id),
            ),
          ),
        });
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        return describe("runtime", { id: outcome.id, status: "failed", reason });
      }
    }),
  );
}

/** Says how each snapshotter fares. */
export function describeSnapshotters(set: PluginSet<Snapshotter>): readonly Plugin[] {
  return set.outcomes.map((outcome) => {
    const capabilities = outcome.status === "ready" ? namesOf(outcome.plugin.capabilities) : [];
    return create(PluginSchema, { ...describe("snapshotter", outcome), capabilities });
  });
}

/** Says how something fares that has no more to tell. */
export function describe(type: string, outcome: PluginOutcome<unknown>): Plugin {
  const reason = outcome.status === "ready" ? "" : outcome.reason;
  return create(PluginSchema, { type, id: outcome.id, status: statusCodes[outcome.status], reason });
}

function namesOf(capabilities: object): string[] {
  return Object.entries(capabilities)
    .filter(([, has]) => has === true)
    .map(([name]) => name)
    .sort();
}

/** Containers without a record are told of, since nobody else will. */
function withStrays(details: ReadonlyMap<string, string>, strays: readonly Stray[]): ReadonlyMap<string, string> {
  if (strays.length === 0) return details;
  const names = strays.map(({ namespace, id }) => `${namespace}/${id}`).join(", ");
  return new Map([...details, ["containers without a record", names]]);
}
