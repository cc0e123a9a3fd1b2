import { type CreateRequest, isOperationError, OperationError, type Subject } from "@gantry/api";
import { type Bundle, defaultCgroupsPath } from "./bundle.ts";
import { checkRootfs } from "./check-rootfs.ts";
import { LinuxContainer } from "./container.ts";
import { discardBundle } from "./discard.ts";
import { identityOf } from "./identity.ts";
import { writeJson } from "./lossless-json.ts";
import { startMonitor } from "./monitor.ts";
import { withOomScore } from "./process-spec.ts";
import { resolveProcess } from "./process-user.ts";
import { type ContainerRecord, writeContainerRecord } from "./record.ts";
import { mountRootfs } from "./rootfs-mount.ts";
import type { RuntimeContext } from "./runtime-context.ts";
import { completeSpec, type Spec } from "./spec.ts";

/** A request whose parts are checked. */
export interface CheckedRequest extends Pick<CreateRequest, "rootfs" | "stdio"> {
  readonly bundle: Bundle;
  readonly spec: Spec;
  /** Directory of the checkpoint that it is made of; `null` for none. */
  readonly images: string | null;
  readonly signal: AbortSignal | undefined;
}

/**
 * Makes a container in its bundle's directory, which exists and is empty. The record is written last: a bundle without
 * one is a leftover, which the next `load` removes.
 *
 * Rejects as `Runtime.create`; nothing is left then, or the error tells what.
 */
export async function createContainer(context: RuntimeContext, request: CheckedRequest): Promise<LinuxContainer> {
  try {
    return await makeContainer(context, request);
  } catch (error) {
    const cleanup = await discardBundle(context, request.bundle);
    throw withCleanup(error, cleanup);
  }
}

async function makeContainer(context: RuntimeContext, request: CheckedRequest): Promise<LinuxContainer> {
  const { bundle, spec, stdio } = request;
  const subject: Subject = { type: "container", id: bundle.id };
  await context.host.makeDirectory(bundle.rootfs);
  await mountRootfs(context, { ...request, userNamespace: spec.userNamespace });
  await checkRootfs(context.host, bundle.rootfs, subject);
  const cgroupsPath = spec.cgroupsPath ?? defaultCgroupsPath(context.state, bundle);
  const resolved = await resolveProcess(context.host, bundle.rootfs, spec.process);
  const process = withOomScore(resolved, await context.host.readText("/proc/self/oom_score_adj"));
  const config = completeSpec(spec, { rootPath: bundle.rootfs, cgroupsPath, process });
  await context.host.writeText(bundle.config, writeJson(config));
  if (request.images !== null) {
    const record = await recordContainer(context, request, { cgroupsPath, pid: null });
    return new LinuxContainer(context, bundle, record);
  }
  const monitored = await startMonitor(
    context.programs,
    { files: bundle, ociId: bundle.ociId, stdio, terminal: spec.process.terminal, verb: "create" },
    { subject, deadlineMs: context.oci.deadlines.createMs, signal: request.signal },
  );
  try {
    const record = await recordContainer(context, request, { cgroupsPath, pid: monitored.pid });
    const container = new LinuxContainer(context, bundle, record);
    container.supervised.adopt(record.init, monitored.link);
    return container;
  } catch (error) {
    monitored.link.close();
    throw error;
  }
}

async function recordContainer(
  context: RuntimeContext,
  request: CheckedRequest,
  made: { readonly cgroupsPath: string; readonly pid: number | null },
): Promise<ContainerRecord> {
  const { bundle, spec, stdio, rootfs, images } = request;
  const record: ContainerRecord = {
    namespace: bundle.namespace,
    id: bundle.id,
    createdAt: new Date(),
    stdio,
    terminal: spec.process.terminal,
    cgroupsPath: made.cgroupsPath,
    ownsPidNamespace: spec.ownsPidNamespace,
    hooks: [...spec.hooks],
    usesRdt: spec.usesRdt,
    usesStartFifo: await context.host.exists(bundle.startFifo),
    init: made.pid === null ? null : await identityOf(context.host, made.pid),
    restore: images === null ? null : { images, phase: "prepared" },
    rootfs,
  };
  await context.host.replaceText(bundle.record, writeContainerRecord(record));
  return record;
}

function withCleanup(error: unknown, cleanup: readonly unknown[]): unknown {
  if (!isOperationError(error) || cleanup.length === 0) {
    return error;
  }
  const { kind, subject, detail, cause } = error;
  return new OperationError(kind, subject, detail, { cause, cleanup: [...error.cleanup, ...cleanup] });
}
