import {
  type CallOptions,
  type Container,
  type Exit,
  isOperationError,
  OperationError,
  type ProcessState,
} from "@gantry/api";
import type { ContainerRecord } from "../../store/container-table.ts";
import { freshSupervision, type SupervisionRecord } from "../../store/supervision-table.ts";
import type { ContainerParts } from "./container-parts.ts";
import { subjectOf } from "./container-ref.ts";

/** The longest reason that is kept why a start failed. */
const reasonMaxLength = 1_000;

/**
 * Runs the program of a container that is created, or of one that has ended once more, since somebody asks for it: its
 * row of restarts begins anew. To be called from the container's queue.
 *
 * @returns where the init process stands afterwards
 */
export async function startContainer(
  parts: ContainerParts,
  record: ContainerRecord,
  options: CallOptions,
): Promise<ProcessState> {
  if (await hasEnded(parts, record)) return runAgain(parts, record, { ...options, told: freshSupervision });
  return startCreated(parts, record, options);
}

/**
 * Runs a container whose time has come; what its runtime has of it is made anew. A failure counts as an end, on which more
 * may follow. To be called from the container's queue.
 *
 * Rejects with
 * - `unavailable`: its runtime does not answer for it; nothing has changed then
 * - what kept it from running, when that is written down
 */
export async function restartContainer(parts: ContainerParts, record: ContainerRecord): Promise<void> {
  const { core, live } = parts;
  const { supervision } = core.tables;
  const container = live.reason(record) === undefined ? live.find(record) : live.get(record);
  const status = (await container?.state())?.status ?? "stopped";
  if (status === "running" || status === "paused") {
    core.store.write(() => supervision.change(record.uid, { restartAt: null }));
    return;
  }
  if (status === "unknown") {
    throw new OperationError("unavailable", subjectOf(record), "its runtime cannot say where it stands");
  }
  const before = supervision.find(record.uid)?.restarts ?? 0;
  await runAgain(parts, record, { told: { desired: "running", restarts: record.started ? before + 1 : before } });
}

/** Writes that the init process runs, and its event, once for each run. Inside of a transaction. */
export function recordStart({ core, supervisor }: ContainerParts, record: ContainerRecord): void {
  if (!core.tables.containers.setStarted(record.uid)) return;
  core.events.append({ namespace: record.namespace, topic: "container.started", subject: record.id });
  supervisor.began(record);
}

/** Looks into the records first: a runtime may have to ask the platform. */
async function hasEnded({ core, live }: ContainerParts, record: ContainerRecord): Promise<boolean> {
  const container = live.find(record);
  if (container === undefined && live.reason(record) !== undefined) return false;
  if (core.tables.exits.find(record, "") !== undefined) return true;
  return record.started && (await container?.state())?.status === "stopped";
}

async function startCreated(
  parts: ContainerParts,
  record: ContainerRecord,
  options: CallOptions,
): Promise<ProcessState> {
  const { store, tables } = parts.core;
  const container = parts.live.get(record);
  const isSupervised = record.restartPolicy.mode !== "no" && !record.started;
  // What is to be kept running is started by the next daemon if this one does not come so far.
  if (isSupervised) store.write(() => tables.supervision.change(record.uid, freshSupervision));
  try {
    await container.start(options);
  } catch (error) {
    if (isSupervised) store.write(() => tables.supervision.change(record.uid, { desired: "stopped" }));
    throw error;
  }
  await store.commit(() => {
    tables.supervision.change(record.uid, freshSupervision);
    recordStart(parts, record);
  });
  parts.health.begin(record, container);
  return container.state();
}

/** Why a container is run again, and until when. */
interface Again extends CallOptions {
  /** What is known of its supervision from now on. */
  readonly told: Partial<SupervisionRecord>;
}

/** Has the runtime take away what it has of a container that has ended, and make and start it anew, from the record. */
async function runAgain(
  parts: ContainerParts,
  record: ContainerRecord,
  { told, ...options }: Again,
): Promise<ProcessState> {
  const { core, live } = parts;
  const next: ContainerRecord = { ...record, run: record.run + 1, started: false };
  await beginAgain(parts, record, told);
  try {
    await forgetLive(parts, record, options);
    const container = await make(parts, record, options);
    live.set(next, container);
    core.store.write(() => {
      core.tables.containers.setRun(record.uid, next.run);
      core.tables.exits.deleteExecs(record.uid);
      core.tables.supervision.change(record.uid, { remaking: false });
    });
    await container.start(options);
    parts.watch(next, container);
    await core.store.commit(() => recordStart(parts, next));
    parts.health.begin(next, container);
    return await container.state();
  } catch (error) {
    await endFailedStart(parts, next, { error, byUser: told.attempt !== undefined });
    throw error;
  }
}

/** Writes the intent; and how the run before ended, if nobody came to that yet. */
async function beginAgain(parts: ContainerParts, record: ContainerRecord, told: Partial<SupervisionRecord>) {
  const { core, live, exits, supervisor } = parts;
  const ended = (await live.find(record)?.state())?.exit ?? null;
  core.store.write(() => {
    if (ended !== null) exits.record(record, "", ended);
    const anew = { remaking: true, restartAt: null, startedAt: null, restartError: "" };
    core.tables.supervision.change(record.uid, { ...told, ...anew });
  });
  supervisor.cancel(record);
}

async function forgetLive({ live }: ContainerParts, record: ContainerRecord, options: CallOptions): Promise<void> {
  try {
    await live.find(record)?.delete(options);
  } catch (error) {
    if (!isOperationError(error, "not-found")) throw error;
  }
  live.forget(record);
}

async function make(parts: ContainerParts, record: ContainerRecord, options: CallOptions): Promise<Container> {
  const { namespace, id, spec, snapshotter, snapshotKey: name, creation } = record;
  const { plugin } = parts.core.runtimes.get(record.runtime);
  const { rootfs, ...rest } = creation;
  const shown = rootfs.length > 0 ? rootfs : await parts.snapshots.mounts({ namespace, snapshotter, name }, options);
  return plugin.create({ namespace, id, spec, rootfs: shown, ...rest }, options);
}

/** A run that could not begin ends as one that a shell could not start. */
async function endFailedStart(
  parts: ContainerParts,
  next: ContainerRecord,
  { error, byUser }: { readonly error: unknown; readonly byUser: boolean },
): Promise<void> {
  const { core, live, exits, log } = parts;
  const { namespace, id, uid } = next;
  log.warn({ err: error, namespace, id }, "a container cannot be run again");
  try {
    await live.find(next)?.delete({ force: true });
    live.forget(next);
  } catch (cleanup) {
    log.error({ err: cleanup, namespace, id }, "what was made of a container cannot be taken away");
  }
  const reason = error instanceof Error ? error.message : String(error);
  core.store.write(() => {
    core.tables.containers.setRun(uid, next.run);
    const restartError = reason.slice(0, reasonMaxLength);
    core.tables.supervision.change(uid, { remaking: false, restartError, ...(byUser && { desired: "stopped" }) });
    exits.record(next, "", failedStart(error, core.now()));
  });
}

function failedStart(error: unknown, exitedAt: Date): Exit {
  const kind = isOperationError(error) ? error.kind : "internal";
  const status = kind === "not-found" ? 127 : kind === "permission-denied" ? 126 : 125;
  return { pid: 0, status, exitedAt, oomKilled: false };
}
