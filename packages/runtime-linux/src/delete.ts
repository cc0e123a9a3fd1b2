import { type DeleteOptions, type Exit, OperationError, type ProcessStatus } from "@gantry/api";
import type { LinuxContainer } from "./container.ts";
import { discardBundle, removeFiles } from "./discard.ts";
import { deleteStopped, isPlain } from "./runc-shortcuts.ts";
import { killSignal } from "./signal.ts";
import { wrongStatus } from "./status.ts";

/** How long a killed container may take to be reported as ended. */
const endPatienceMs = 10_000;

/** As `Container.delete`; to be run among the container's changes. */
export async function deleteContainer(container: LinuxContainer, options: DeleteOptions): Promise<Exit | null> {
  const { supervised, context, bundle } = container;
  options.signal?.throwIfAborted();
  const status = await container.refresh();
  if (status !== "created" && status !== "stopped" && !options.force) {
    throw wrongStatus(container.subject, status, { doing: "delete", expected: ["created", "stopped"] });
  }
  const neverRan = status === "created";
  if (neverRan) supervised.abandon();
  // One that is to be restored has no process yet.
  const mayRun = status !== "stopped" && status !== "unknown" && supervised.identity !== null;
  if (mayRun) await endProcesses(container, status);
  await markRemoved(container);
  if (status === "unknown") await discardUnknown(container);
  else await takeDown(container);
  const { exit } = supervised;
  for (const exec of container.execProcesses.values()) exec.supervised.remove();
  supervised.remove();
  context.forget(bundle);
  return neverRan ? null : exit;
}

async function takeDown(container: LinuxContainer): Promise<void> {
  const { context, bundle, cgroup } = container;
  await Promise.all([deleteOciState(container), context.host.unmount(bundle.rootfs)]);
  await whenExecsEnded(container);
  await cgroup.remove();
  await removeFiles(context, bundle);
}

/** Somebody else may have deleted it by the OCI runtime, or we before an earlier failure. */
async function deleteOciState(container: LinuxContainer): Promise<void> {
  const { context, bundle } = container;
  const isThere = await context.host.exists(bundle.ociState);
  if (isThere && !(isPlain(container) && (await deleteStopped(container)))) {
    await context.oci.delete(bundle);
  }
}

async function discardUnknown({ context, bundle, subject }: LinuxContainer): Promise<void> {
  const failures = await discardBundle(context, bundle);
  if (failures.length > 0) {
    throw new OperationError("internal", subject, "cannot be removed as a whole", { cleanup: failures });
  }
}

/** Without a record the bundle is a leftover, which the next `load` removes if we do not come to the end of it. */
async function markRemoved({ context, bundle }: LinuxContainer): Promise<void> {
  if (await context.host.exists(bundle.record)) {
    await context.host.rename(bundle.record, bundle.removedRecord);
  }
}

async function endProcesses(container: LinuxContainer, status: ProcessStatus): Promise<void> {
  const { supervised, context, bundle, subject } = container;
  const { identity } = supervised;
  if (identity !== null) context.host.signal(identity, killSignal);
  if (status === "paused") await context.oci.resume(bundle);
  try {
    await supervised.whenStopped(AbortSignal.timeout(endPatienceMs));
  } catch (error) {
    const detail = `did not end within ${endPatienceMs} ms of being killed`;
    throw new OperationError("deadline-exceeded", subject, detail, { cause: error });
  }
}

/** The end of a container is the end of its execs; their monitors write in the bundle until they have seen it. */
async function whenExecsEnded(container: LinuxContainer): Promise<void> {
  const running = [...container.execProcesses.values()].filter(({ supervised }) => supervised.identity !== null);
  await Promise.all(running.map(({ supervised }) => supervised.whenStopped(AbortSignal.timeout(endPatienceMs))));
}
