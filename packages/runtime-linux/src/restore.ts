import { basename, join } from "node:path";
import { isOperationError, type Stdio, type Subject } from "@gantry/api";
import { withCriuErrors } from "./checkpoint.ts";
import type { LinuxContainer } from "./container.ts";
import { criuEnv, noCriu } from "./criu.ts";
import { killMonitor, removeCgroup } from "./discard.ts";
import type { ProcessIdentity } from "./host.ts";
import { identityOf } from "./identity.ts";
import { checkStreams, requireImages } from "./images.ts";
import { startMonitor } from "./monitor.ts";
import { readLog } from "./oci-runtime.ts";
import { type RestoreRecord, writeContainerRecord } from "./record.ts";
import type { RuntimeContext } from "./runtime-context.ts";

/** Rejects as `Runtime.create` for a checkpoint that cannot be restored. */
export async function checkRestore(
  { host, criu }: Pick<RuntimeContext, "host" | "criu">,
  images: string,
  process: { readonly subject: Subject; readonly stdio: Stdio; readonly terminal: boolean },
): Promise<void> {
  const { subject } = process;
  if (criu.path === null) throw noCriu(criu.reason, subject);
  checkStreams(process, subject);
  await requireImages(host, images, subject);
}

/**
 * Has the processes of the checkpoint go on that a container was made of, in place of a start; to be run among the
 * container's changes. If it rejects, the container is `created` again.
 */
export async function restoreContainer(
  container: LinuxContainer,
  { images }: RestoreRecord,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { context, subject, supervised } = container;
  supervised.require("start");
  await requireImages(context.host, images, subject);
  await note(container, "starting", null);
  try {
    await runMonitored(container, images, signal);
  } catch (error) {
    const log = await readLog(context.host, container.bundle.restoreLog);
    await undoRestore(container);
    throw isOperationError(error) && error.kind !== "deadline-exceeded" ? withCriuErrors(error, log) : error;
  }
  supervised.advance("start");
}

async function runMonitored(container: LinuxContainer, images: string, signal: AbortSignal | undefined): Promise<void> {
  const { context, bundle, record, subject } = container;
  const { host, programs, oci, criu } = context;
  if (criu.path === null) throw noCriu(criu.reason, subject);
  await host.removeTree(bundle.criu);
  await host.makeDirectory(bundle.criu);
  const { stdio, terminal } = record;
  const restore = { images, work: bundle.criu, env: criuEnv(criu) };
  const { pid, link } = await startMonitor(
    programs,
    { files: bundle, ociId: bundle.ociId, stdio, terminal, verb: "restore", restore },
    { subject, deadlineMs: oci.deadlines.restoreMs, signal },
  );
  try {
    const identity = await identityOf(host, pid);
    await note(container, "started", identity);
    container.supervised.adopt(identity, link);
  } catch (error) {
    link.close();
    throw error;
  }
}

/**
 * Finds out how far the restore of a container came whose runtime may have been killed in it. One that came to its end
 * has its pid on disk; what came less far is undone, and the container is `created`.
 */
export async function findRestoring(container: LinuxContainer): Promise<void> {
  const { context, bundle, supervised } = container;
  const { host } = context;
  const pid = Number(await host.readText(bundle.pid));
  if (!(pid > 0)) {
    await undoRestore(container);
    return;
  }
  const identity = await host.identify(pid);
  const link = await host.joinLink(bundle.link);
  if (link === null) {
    await supervised.adoptOrphan(identity);
    return;
  }
  supervised.adopt(identity, link);
  supervised.advance("start");
  await note(container, "started", identity);
}

async function note(
  { context, bundle, record }: LinuxContainer,
  phase: RestoreRecord["phase"],
  init: ProcessIdentity | null,
): Promise<void> {
  if (record.restore === null) return;
  const restore = { ...record.restore, phase };
  await context.host.replaceText(bundle.record, writeContainerRecord({ ...record, restore, init }));
}

/** Makes the container `created` again, whatever of the restore there was. */
async function undoRestore(container: LinuxContainer): Promise<void> {
  const { context, bundle } = container;
  const { host, oci } = context;
  await killMonitor(host, bundle);
  if (await host.exists(bundle.ociState)) await oci.delete(bundle, { force: true });
  await removeCgroup(context, bundle);
  const kept = new Set(
    [bundle.record, bundle.config, bundle.rootfs, bundle.execs, bundle.criu].map((one) => basename(one)),
  );
  const names = (await host.list(bundle.directory)).filter((name) => !kept.has(name));
  await Promise.all(names.map((name) => host.removeTree(join(bundle.directory, name))));
  await note(container, "prepared", null);
}
