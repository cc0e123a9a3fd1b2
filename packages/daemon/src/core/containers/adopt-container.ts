import type { Container } from "@gantry/api";
import type { ContainerRecord } from "../../store/container-table.ts";
import { isHealthCheck, removeCheck } from "../supervision/health-check.ts";
import type { ContainerParts } from "./container-parts.ts";
import { viewContainer } from "./container-state.ts";
import { recordStart } from "./start-container.ts";
import type { Stops } from "./stop-containers.ts";

/**
 * Takes over a container that a daemon before this one made: writes what happened meanwhile, goes on with what was begun,
 * and waits for its end.
 */
export async function adoptContainer(
  parts: ContainerParts,
  { record, container }: { readonly record: ContainerRecord; readonly container: Container },
  stops: Stops,
): Promise<void> {
  const { core, exits } = parts;
  const { state } = await viewContainer(parts, record);
  const { exit } = state;
  // The daemon may have ended between the start and its event. What never ran has an exit without a process id.
  const ran = exit === null ? state.pid !== null && state.status !== "created" : exit.pid !== 0;
  if (ran || exit !== null) {
    await core.store.commit(() => {
      if (ran) recordStart(parts, record);
      if (exit !== null) exits.record(record, "", exit);
    });
  }
  parts.watch(record, container);
  for (const exec of container.execs()) {
    if (isHealthCheck(exec.id)) void removeCheck(exec);
    else exits.watch(record, { process: exec, execId: exec.id });
  }
  if (!ran || exit !== null) return;
  const stopping = core.tables.supervision.find(record.uid)?.stopping ?? null;
  if (stopping !== null) stops.resume(record, container, stopping);
  parts.health.begin(record, container);
}
