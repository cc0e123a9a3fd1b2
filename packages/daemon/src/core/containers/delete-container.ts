import { type Container, type Exit, isOperationError, OperationError } from "@gantry/api";
import type { ContainerRecord } from "../../store/container-table.ts";
import type { ContainerParts } from "./container-parts.ts";
import { subjectOf } from "./container-ref.ts";
import { viewContainer } from "./container-state.ts";

/** How to delete. */
export interface DeleteContainerOptions {
  /** Whether to kill what runs first. */
  readonly force: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Removes a container, its snapshot if it owns one, and its record. Begins with the intent and can be begun again at any
 * point, by another call or at the next start. To be called from the container's queue.
 *
 * @returns how the init process ended, or `null` if it never ran
 */
export async function deleteContainer(
  parts: ContainerParts,
  record: ContainerRecord,
  options: DeleteContainerOptions,
): Promise<Exit | null> {
  const { core, live } = parts;
  if (record.phase === "ready") await refuseUnlessDeletable(parts, record, options.force);
  const container = live.find(record) ?? (await findAgain(parts, record));
  core.store.write(() => core.tables.containers.setPhase(record.uid, "deleting"));
  const exit = container === undefined ? null : await deleteLive(parts, { record, container }, options);
  live.forget(record);
  parts.supervisor.cancel(record);
  parts.health.end(record);
  // The snapshot's end survives a power cut; the intent must too, or the record would be left with half of what it was.
  await core.store.synced();
  await removeOwnSnapshot(parts, record);
  return core.store.commit(() => {
    if (exit !== null) parts.exits.record(record, "", exit);
    const ended = core.tables.exits.find(record, "") ?? null;
    core.tables.exits.deleteExecs(record.uid);
    core.tables.containers.delete(record.uid);
    core.events.append({ namespace: record.namespace, topic: "container.deleted", subject: record.id });
    return ended;
  });
}

async function refuseUnlessDeletable(parts: ContainerParts, record: ContainerRecord, force: boolean): Promise<void> {
  if (force) return;
  const { state, reason } = await viewContainer(parts, record);
  if (state.status === "created" || state.status === "stopped") return;
  const why = reason === "" ? "" : ` (${reason})`;
  const detail = `is ${state.status}${why}; it can be deleted when it is created or stopped, or with force`;
  throw new OperationError("failed-precondition", subjectOf(record), detail);
}

/** Asks the runtime once more for a container that it could not load; what it still cannot is left where it is. */
async function findAgain(parts: ContainerParts, record: ContainerRecord): Promise<Container | undefined> {
  const reason = parts.live.reason(record);
  if (reason === undefined) return undefined;
  const runtime = parts.core.runtimes.ready().get(record.runtime);
  const loaded = (await runtime?.load()) ?? [];
  const found = loaded.find(({ namespace, id }) => namespace === record.namespace && id === record.id);
  if (found !== undefined && "container" in found) return found.container;
  const { namespace, id } = record;
  parts.log.warn({ namespace, id, reason }, "a container's record is deleted; what its runtime has of it may be left");
  return undefined;
}

async function deleteLive(
  { core }: ContainerParts,
  { record, container }: { readonly record: ContainerRecord; readonly container: Container },
  options: DeleteContainerOptions,
): Promise<Exit | null> {
  try {
    return await container.delete(options);
  } catch (error) {
    if (isOperationError(error, "not-found")) return null;
    core.store.write(() => core.tables.containers.setPhase(record.uid, "ready"));
    throw error;
  }
}

/** The snapshot stays where another container has come to use it meanwhile. Layers whose image is gone go with it. */
async function removeOwnSnapshot(parts: ContainerParts, record: ContainerRecord): Promise<void> {
  const { core, snapshots, images, log } = parts;
  const { namespace, id, snapshotter, snapshotKey, ownsSnapshot } = record;
  if (!ownsSnapshot) return;
  if (!core.snapshotters.ready().has(snapshotter)) {
    log.warn(
      { namespace, id, snapshotter, snapshotKey },
      "the snapshot of a deleted container is left: no snapshotter",
    );
    return;
  }
  const ref = { namespace, snapshotter, name: snapshotKey };
  try {
    const { parent } = await snapshots.stat(ref, {});
    await snapshots.remove(ref, { exceptFor: id });
    if (parent !== null) await images.releaseLayers({ ...ref, name: parent });
  } catch (error) {
    if (isOperationError(error, "not-found")) return;
    if (!isOperationError(error, "failed-precondition")) throw error;
    log.warn({ err: error, namespace, id, snapshotKey }, "the snapshot of a deleted container is still in use");
  }
}
