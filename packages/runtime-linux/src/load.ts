import { join } from "node:path";
import { checkIdentifier, type LoadedContainer, OperationError, type Subject } from "@gantry/api";
import { Bundle, parseBundleName } from "./bundle.ts";
import { recoverDump } from "./checkpoint.ts";
import { LinuxContainer } from "./container.ts";
import { discardBundle, killMonitor } from "./discard.ts";
import { ExecProcess, killStray } from "./exec-process.ts";
import { recordedExit, recordLostExit } from "./exit-status.ts";
import type { ProcessIdentity } from "./host.ts";
import { readContainerRecord, readExecRecord } from "./record.ts";
import { findRestoring } from "./restore.ts";
import type { RuntimeContext } from "./runtime-context.ts";
import type { Supervised } from "./supervised.ts";

/** How many bundles are looked at at once; each takes some reads, and a leftover some programs. */
const parallelism = 8;

/**
 * How long an OCI runtime may take for all leftovers together. A daemon serves nobody before it has loaded; what is left
 * then is told as an error, and tried again by a `create` of the same id and by the next `load`.
 */
const leftoverPatienceMs = 4_000;

/** What was found under one name: a container, or why there is none. */
export type Found = { readonly bundle: Bundle } & (
  | { readonly container: LinuxContainer }
  | { readonly error: unknown }
);

interface Patience {
  /** By the clock of `performance.now`. */
  readonly endsAt: number;
}

/** Looks at all bundles, and removes what crashes have left. Never rejects for what one of them is. */
export async function loadBundles(context: RuntimeContext): Promise<readonly Found[]> {
  await emptyTrash(context);
  const names = [...(await context.host.list(context.layout.bundles))];
  const patience = { endsAt: performance.now() + leftoverPatienceMs };
  const found: Found[] = [];
  const work = async () => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      const one = await loadBundle(context, name, patience);
      if (one !== null) found.push(one);
    }
  };
  await Promise.all(Array.from({ length: parallelism }, work));
  return found;
}

/** Turns it into what `Runtime.load` returns. */
export function loadedContainer(found: Found): LoadedContainer {
  const { namespace, id } = found.bundle;
  return "container" in found ? { namespace, id, container: found.container } : { namespace, id, error: found.error };
}

async function emptyTrash({ host, layout, log }: RuntimeContext): Promise<void> {
  for (const name of await host.list(layout.trash)) {
    await host
      .removeTree(join(layout.trash, name))
      .catch((error: unknown) => log("warn", `cannot empty the trash: ${error}`));
  }
}

async function loadBundle(context: RuntimeContext, name: string, patience: Patience): Promise<Found | null> {
  const bundle = bundleNamed(context, name);
  if (bundle === null) {
    context.log("warn", "something that is no bundle is among the bundles; it is left alone", { name });
    return null;
  }
  try {
    const text = await context.host.readText(bundle.record);
    if (text === null) {
      await removeLeftover(context, bundle, { ociDeadlineMs: patience.endsAt - performance.now() });
      return null;
    }
    return { bundle, container: await loadContainer(context, bundle, text) };
  } catch (error) {
    context.log("error", "a bundle cannot be read", { container: bundle.id, error });
    return { bundle, error };
  }
}

function bundleNamed(context: RuntimeContext, name: string): Bundle | null {
  const parsed = parseBundleName(name);
  try {
    if (parsed === null) return null;
    const { namespace, id } = parsed;
    return new Bundle(context.layout, checkIdentifier("namespace", namespace), checkIdentifier("container", id));
  } catch {
    return null;
  }
}

/**
 * Removes a bundle without a record: of a `create` that never resolved, or of a `delete` that was past its point of no
 * return.
 *
 * Rejects with `internal`: a part of it cannot be removed; the error's `cleanup` says why.
 */
export async function removeLeftover(
  context: RuntimeContext,
  bundle: Bundle,
  options: { readonly ociDeadlineMs?: number } = {},
): Promise<void> {
  const failures = await discardBundle(context, bundle, options);
  if (failures.length > 0) {
    throw new OperationError("internal", { type: "container", id: bundle.id }, "a leftover of it cannot be removed", {
      cleanup: failures,
    });
  }
}

async function loadContainer(context: RuntimeContext, bundle: Bundle, text: string): Promise<LinuxContainer> {
  const subject: Subject = { type: "container", id: bundle.id };
  const record = readContainerRecord(text, subject);
  if (record.namespace !== bundle.namespace || record.id !== bundle.id) {
    throw new OperationError("data-loss", subject, `its record is that of ${record.namespace}/${record.id}`);
  }
  const container = new LinuxContainer(context, bundle, record);
  await findInit(context, container);
  await recoverDump(container);
  await container.refresh();
  await loadExecs(container);
  return container;
}

async function findInit(context: RuntimeContext, container: LinuxContainer): Promise<void> {
  const { supervised, record } = container;
  if (record.init === null) {
    if (record.restore?.phase === "starting") await findRestoring(container);
    return;
  }
  await findProcess(context, supervised, record.init);
  const isStarted = record.restore !== null || (await wasStarted(context, container, record.init));
  if (supervised.status === "created" && isStarted) supervised.advance("start");
}

/**
 * Whether a container whose init has not ended was started. The FIFO for it goes when that has taken effect, but he who
 * takes it away may have been killed just before; then init, which holds it until it runs the program, tells.
 */
async function wasStarted(
  { host }: RuntimeContext,
  { bundle, record }: LinuxContainer,
  init: ProcessIdentity,
): Promise<boolean> {
  const isIntended = await host.exists(bundle.started);
  if (!record.usesStartFifo) {
    return isIntended;
  }
  if (isIntended && !(await host.hasOpen(init, bundle.startFifo))) {
    await host.removeFile(bundle.startFifo);
  }
  return !(await host.exists(bundle.startFifo));
}

/** Finds a process that had begun: under its monitor, or ended. */
async function findProcess(context: RuntimeContext, supervised: Supervised, identity: ProcessIdentity): Promise<void> {
  const link = await context.host.joinLink(supervised.files.link);
  if (link !== null) {
    supervised.adopt(identity, link);
    return;
  }
  if (identity.bootId !== (await context.host.bootId())) {
    await endByReboot(context, supervised, identity);
    return;
  }
  await supervised.adoptOrphan(identity);
}

/** Nothing of an earlier boot runs. What ended before that may be on record; the status of the rest is lost. */
async function endByReboot(context: RuntimeContext, supervised: Supervised, identity: ProcessIdentity): Promise<void> {
  const source = { ...supervised.exitSource(), pid: identity.pid };
  const recorded = await recordedExit(source);
  if (recorded === null) {
    context.log("warn", "the host was started anew while a process ran", { process: source.subject.id });
  }
  supervised.adoptExit(recorded ?? (await recordLostExit(source)));
}

async function loadExecs(container: LinuxContainer): Promise<void> {
  const { host, log } = container.context;
  const found: ExecProcess[] = [];
  const createdAt = new Map<ExecProcess, number>();
  for (const id of await host.listDirectories(container.bundle.execs)) {
    try {
      const exec = await loadExec(container, id);
      if (exec === null) continue;
      found.push(exec.process);
      createdAt.set(exec.process, exec.createdAt);
    } catch (error) {
      // Its directory stays, with its id in use, until the container is deleted.
      log("error", "an exec cannot be read", { container: container.info.id, process: id, error });
    }
  }
  for (const exec of found.toSorted((a, b) => (createdAt.get(a) ?? 0) - (createdAt.get(b) ?? 0))) {
    container.execProcesses.set(exec.id, exec);
  }
}

async function loadExec(container: LinuxContainer, id: string) {
  const { context, bundle } = container;
  const files = bundle.exec(id);
  const text = await context.host.readText(files.record);
  if (text === null) {
    await context.host.removeTree(files.directory);
    return null;
  }
  const record = readExecRecord(text, { type: "process", id });
  const exec = new ExecProcess(container, record);
  if (record.phase === "starting") {
    // Whether it came to run is not known, and nobody has its pid for certain.
    await killMonitor(context.host, files);
    await killStray(container, files);
    await exec.supervised.adoptOrphan(null);
  } else if (record.identity !== null) {
    await findProcess(context, exec.supervised, record.identity);
    if (exec.supervised.status === "created") exec.supervised.advance("start");
  }
  return { process: exec, createdAt: record.createdAt.getTime() };
}
