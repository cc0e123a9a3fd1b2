import { OperationError } from "@gantry/api";
import type { LinuxContainer } from "./container.ts";
import type { FoundProgram } from "./programs.ts";

/**
 * What `runc start` and `runc delete` do to a container of the plain kind is little, and done here; starting runc for it
 * takes 15 to 20 ms each, which is most of what they take. Everything of the other kinds is left to runc.
 *
 * Whether a container is of the plain kind follows from what runc 1.x does (libcontainer: `Container.exec`, `destroy`):
 *
 * - `start` opens a FIFO, by which init knows that it may go on, and removes it. Hooks are run by init and `create`.
 * - `delete` of a stopped container kills what is left in its cgroup where init was not the first process of a pid
 *   namespace, removes its cgroup and its state directory, closes its group of Intel RDT, and runs the poststop hooks.
 */
export function allowsShortcuts(oci: FoundProgram): boolean {
  return oci.path !== null && oci.name === "runc" && oci.version.startsWith("1.");
}

/**
 * Lets the program of a created container run, as `runc start` does.
 *
 * Rejects with
 * - `failed-precondition`: init has ended meanwhile
 * - `deadline-exceeded`: init does not go on
 */
export async function startByFifo(container: LinuxContainer): Promise<void> {
  const { context, bundle, supervised, subject } = container;
  const { startMs } = context.oci.deadlines;
  const ended = new AbortController();
  const deadline = AbortSignal.timeout(startMs);
  const unsubscribe = supervised.onStopped(() => ended.abort());
  try {
    const isStarted = await context.host.takeFromFifo(bundle.startFifo, AbortSignal.any([ended.signal, deadline]));
    if (!isStarted && deadline.aborted) {
      throw new OperationError("deadline-exceeded", subject, `did not start within ${startMs} ms`);
    }
    if (!isStarted) {
      throw new OperationError("failed-precondition", subject, "cannot start: its init process has ended");
    }
    await context.host.removeFile(bundle.startFifo);
  } finally {
    unsubscribe();
  }
}

/** Whether {@link deleteStopped} does for a container all that `runc delete` would. */
export function isPlain({ context, record }: LinuxContainer): boolean {
  return context.usesShortcuts && record.ownsPidNamespace && !record.hooks.includes("poststop") && !record.usesRdt;
}

/** Removes what runc has of a stopped container of the plain kind. Returns whether it did: a cgroup may be in use. */
export async function deleteStopped({ context, bundle, cgroup }: LinuxContainer): Promise<boolean> {
  if (!(await cgroup.remove())) {
    return false;
  }
  await context.host.removeTree(bundle.ociState);
  return true;
}
