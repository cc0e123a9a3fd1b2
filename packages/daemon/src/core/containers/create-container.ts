import {
  type AnyValue,
  type Container,
  checkIdentifier,
  checkLabels,
  type Mount,
  OperationError,
  type Runtime,
  type Stdio,
} from "@gantry/api";
import type { ContainerRecord } from "../../store/container-table.ts";
import type { HealthCheck } from "../supervision/health.ts";
import type { RestartPolicy } from "../supervision/restart-policy.ts";
import { refuseCircle } from "./circles.ts";
import type { ContainerParts } from "./container-parts.ts";
import { type ContainerRef, keyOf, subjectOf } from "./container-ref.ts";

/** What to make. */
export interface NewContainer extends ContainerRef {
  readonly labels: ReadonlyMap<string, string>;
  readonly image: string;
  /** Empty for the default. */
  readonly runtime: string;
  readonly spec: AnyValue;
  /** Empty for the default. */
  readonly snapshotter: string;
  /** Empty for none; then `rootfs` is needed. */
  readonly snapshotKey: string;
  readonly ownsSnapshot: boolean;
  readonly deleteOnExit: boolean;
  readonly extensions: ReadonlyMap<string, AnyValue>;
  readonly restartPolicy: RestartPolicy;
  /** `null` for none. */
  readonly healthCheck: HealthCheck | null;
  /** Empty: the mounts of the snapshot. */
  readonly rootfs: readonly Mount[];
  readonly stdio: Stdio;
  readonly options?: AnyValue;
  /** Where the processes are that `start` has go on; the runtime's to check. */
  readonly checkpoint?: string;
}

/**
 * Makes a container: first its record as an intent, then what the runtime makes of it, then the record as what clients
 * see. What a crash leaves in between is found by the intent.
 */
export function createContainer(
  parts: ContainerParts,
  request: NewContainer,
  signal: AbortSignal,
): Promise<ContainerRecord> {
  checkRequest(request);
  const runtime = parts.core.runtimes.get(request.runtime);
  if (request.healthCheck !== null && !runtime.plugin.capabilities.exec) {
    const detail = "has no exec, which a health check needs";
    throw new OperationError("unimplemented", { type: "runtime", id: runtime.id }, detail);
  }
  return parts.queue.run(keyOf(request), () => makeContainer(parts, request, { runtime, signal }));
}

function checkRequest(request: NewContainer): void {
  checkIdentifier("container", request.id);
  checkLabels(subjectOf(request), request.labels);
  const wrong = (detail: string) => new OperationError("invalid-argument", subjectOf(request), detail);
  if (request.rootfs.length === 0 && request.snapshotKey === "") {
    throw wrong("needs a root file system: rootfs or snapshot_key");
  }
  if (request.ownsSnapshot && request.snapshotKey === "") throw wrong("owns_snapshot needs snapshot_key");
  const { mode, maxRestarts } = request.restartPolicy;
  if (mode !== "no" && request.deleteOnExit) throw wrong("restart_policy and delete_on_exit exclude each other");
  if (mode !== "on-failure" && maxRestarts > 0) throw wrong("restart_policy.max_restarts needs the mode on-failure");
}

/** Who makes a container, and until when. */
interface Making {
  readonly runtime: { readonly id: string; readonly plugin: Runtime };
  readonly signal: AbortSignal;
}

async function makeContainer(parts: ContainerParts, request: NewContainer, making: Making): Promise<ContainerRecord> {
  const { runtime, signal } = making;
  const { core, live } = parts;
  signal.throwIfAborted();
  const { namespace, id } = request;
  if (core.tables.containers.find(namespace, id) !== undefined) {
    throw new OperationError("already-exists", subjectOf(request), `namespace ${namespace} has a container of this id`);
  }
  const { intent, rootfs } = await beginRecord(parts, request, making);
  let container: Container | undefined;
  try {
    const { spec, stdio, options, checkpoint } = request;
    const more = { ...(options && { options }), ...(checkpoint !== undefined && { checkpoint }) };
    const create = { namespace, id, spec, rootfs, stdio, ...more };
    container = await runtime.plugin.create(create, { signal });
    signal.throwIfAborted();
    const record: ContainerRecord = { ...intent, phase: "ready" };
    live.set(record, container);
    await finish(parts, record);
    return record;
  } catch (error) {
    throw await undo(parts, { intent, container }, error);
  }
}

/** Looks up the mounts and writes the intent, so that a snapshot cannot be taken away between the two. */
async function beginRecord(parts: ContainerParts, request: NewContainer, { runtime, signal }: Making) {
  const { core, snapshots } = parts;
  const { namespace, snapshotKey } = request;
  const begin = (snapshotter: string) =>
    core.store.write(() => {
      refuseCircle(core, request, request.labels);
      return core.tables.containers.insert(recordFrom(request, { runtime: runtime.id, snapshotter, now: core.now() }));
    });
  if (snapshotKey === "") return { intent: begin(request.snapshotter), rootfs: request.rootfs };
  const ref = { namespace, snapshotter: request.snapshotter, name: snapshotKey };
  return snapshots.exclusively(ref, async () => {
    const mounts = await snapshots.mounts(ref, { signal });
    const { id } = snapshots.snapshotter(namespace, request.snapshotter);
    return { intent: begin(id), rootfs: request.rootfs.length === 0 ? mounts : request.rootfs };
  });
}

function recordFrom(
  request: NewContainer,
  resolved: { readonly runtime: string; readonly snapshotter: string; readonly now: Date },
): ContainerRecord {
  const { rootfs, stdio, options, ...asked } = request;
  const { runtime, snapshotter, now } = resolved;
  return {
    ...asked,
    ...{ runtime, snapshotter, uid: 0, phase: "creating", run: 1, started: false, createdAt: now, updatedAt: now },
    creation: { rootfs, stdio, ...(options && { options }) },
  };
}

function finish({ core }: ContainerParts, record: ContainerRecord): Promise<void> {
  const { namespace, id, image, runtime } = record;
  const attributes = new Map([["runtime", runtime], ...(image === "" ? [] : [["image", image] as const])]);
  return core.store.commit(() => {
    core.namespaces.ensure(namespace);
    core.tables.containers.setPhase(record.uid, "ready");
    core.events.append({ namespace, topic: "container.created", subject: id, attributes });
  });
}

/** Takes back what was begun; returns the error to throw, with what failed meanwhile. */
async function undo(
  { core, live, log }: ContainerParts,
  { intent, container }: { readonly intent: ContainerRecord; readonly container: Container | undefined },
  error: unknown,
): Promise<unknown> {
  try {
    await container?.delete({ force: true });
    live.forget(intent);
    core.store.write(() => core.tables.containers.delete(intent.uid));
    return error;
  } catch (cleanup) {
    // The intent stays, and is undone at the next start.
    const { namespace, id } = intent;
    log.error({ err: cleanup, namespace, id }, "a container that could not be made cannot be taken back");
    const kind = error instanceof OperationError ? error.kind : "internal";
    const detail = error instanceof OperationError ? error.detail : "cannot be made";
    return new OperationError(kind, subjectOf(intent), detail, { cause: error, cleanup: [cleanup] });
  }
}
