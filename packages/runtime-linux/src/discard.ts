import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { OperationError } from "@gantry/api";
import { type Bundle, defaultCgroupsPath } from "./bundle.ts";
import { Cgroup } from "./cgroup.ts";
import type { Host, LinkReader, ProcessIdentity } from "./host.ts";
import { isObject, parseJson } from "./lossless-json.ts";
import type { ProcessFiles } from "./process-files.ts";
import type { RuntimeContext } from "./runtime-context.ts";
import { killSignal, stopSignal } from "./signal.ts";
import { processInput } from "./stdin.ts";
import { untilGone } from "./until-gone.ts";

/** How long a monitor that is just being started is given to say its pid, and one that is killed to be gone. */
const monitorPatienceMs = 5_000;
const pollMs = 10;
/** How often a cgroup is tried to be removed: a process that was killed is in it for a moment yet. */
const cgroupRounds = 100;

/**
 * Removes a bundle in any state and all that was made for it: monitors, processes, cgroup, mounts, the OCI runtime's
 * state, files. For what a failed `create` or a crash left, so every part may be there or not. Idempotent.
 *
 * The files go last, and only if nothing else is left: by them the next `load` finds what it has to try again.
 *
 * @param options.ociDeadlineMs - how long the OCI runtime may take, if that is less than its own deadline
 * @returns what could not be removed and why; empty when all is gone. Never rejects.
 */
export async function discardBundle(
  context: RuntimeContext,
  bundle: Bundle,
  options: { readonly ociDeadlineMs?: number } = {},
): Promise<readonly unknown[]> {
  const failures: unknown[] = [];
  const attempt = (step: Promise<unknown>) => step.catch((error: unknown) => failures.push(error));
  for (const files of [bundle, ...(await execFiles(context.host, bundle).catch(() => []))]) {
    await attempt(killMonitor(context.host, files));
  }
  if (await context.host.exists(bundle.ociState).catch(() => false)) {
    await attempt(context.oci.delete(bundle, { force: true, deadlineMs: options.ociDeadlineMs }));
  }
  await attempt(removeCgroup(context, bundle));
  await attempt(context.host.unmount(bundle.rootfs));
  if (failures.length === 0) await attempt(removeFiles(context, bundle));
  return failures;
}

/** Removes the files of a bundle that nothing runs in any more. Its name is free at once, the files soon after. */
export async function removeFiles(context: RuntimeContext, bundle: Bundle): Promise<void> {
  const { host, layout } = context;
  // Were something mounted there still, removing files would remove those of a snapshot.
  if (!(await host.removeEmptyDirectory(bundle.rootfs))) {
    const detail = `cannot remove ${bundle.rootfs}: it is not empty, or something is mounted there`;
    throw new OperationError("failed-precondition", { type: "container", id: bundle.id }, detail);
  }
  if (!(await host.exists(bundle.directory))) {
    return;
  }
  const trash = join(layout.trash, randomUUID());
  await host.rename(bundle.directory, trash);
  await host.removeTree(trash);
}

async function execFiles(host: Host, bundle: Bundle): Promise<readonly ProcessFiles[]> {
  return (await host.listDirectories(bundle.execs)).map((id) => bundle.exec(id));
}

export async function killMonitor(host: Host, files: ProcessFiles): Promise<void> {
  await processInput(host, files, false).close();
  const link = await host.joinLink(files.link);
  if (link === null) {
    return;
  }
  try {
    await Promise.race([killHolder(host, files, link), link.ended]);
  } finally {
    link.close();
  }
}

/** Kills the conmon that holds `link`. While it holds it, the pid in its file is certainly its own. */
async function killHolder(host: Host, files: ProcessFiles, link: LinkReader): Promise<void> {
  let isOver = false;
  void link.ended.then(() => {
    isOver = true;
  });
  for (let waitedMs = 0; waitedMs < monitorPatienceMs && !isOver; waitedMs += pollMs) {
    const pid = Number(await host.readText(files.monitorPid));
    const identity = pid > 0 ? await host.identify(pid) : null;
    if (identity !== null) {
      await killTree(host, identity);
      return;
    }
    await delay(pollMs);
  }
}

/**
 * Kills a program with all that it runs, such as conmon with the OCI runtime, or that with CRIU. Those would mostly die
 * with their parents (PR_SET_PDEATHSIG), but not if a parent died before they had asked for that, and not at once; and
 * as long as they live they go on making things.
 */
export async function killTree(host: Host, program: ProcessIdentity): Promise<void> {
  host.signal(program, stopSignal);
  // Twice, since it may have been about to start one when it was stopped.
  for (let round = 0; round < 2; round += 1) {
    for (const child of await host.children(program)) await killTree(host, child);
  }
  host.signal(program, killSignal);
  await untilGone(host, program);
}

/**
 * Removes what the OCI runtime left of the cgroup. Only in a cgroup of ours is everybody killed: one that the caller
 * named may have others in it.
 */
export async function removeCgroup(context: RuntimeContext, bundle: Bundle): Promise<void> {
  const own = defaultCgroupsPath(context.state, bundle);
  const path = (await configuredCgroupsPath(context.host, bundle)) ?? own;
  const cgroup = new Cgroup(context.host, context.cgroups, path);
  for (let round = 0; round < cgroupRounds; round += 1) {
    if (path === own) await killProcesses(context.host, cgroup);
    if (await cgroup.remove()) return;
    await delay(pollMs);
  }
  throw new OperationError(
    "internal",
    { type: "container", id: bundle.id },
    `cannot remove the cgroup ${path}: it is in use`,
  );
}

/** Kills all processes of a cgroup, and waits until they are gone. */
export async function killProcesses(host: Host, cgroup: Cgroup): Promise<void> {
  for (const pid of await cgroup.processes()) {
    const identity = await host.identify(pid);
    if (identity !== null && host.signal(identity, killSignal)) {
      await untilGone(host, identity);
    }
  }
}

async function configuredCgroupsPath(host: Host, bundle: Bundle): Promise<string | null> {
  try {
    const config = parseJson((await host.readText(bundle.config)) ?? "{}");
    const linux = isObject(config) ? config["linux"] : undefined;
    const path = isObject(linux) ? linux["cgroupsPath"] : undefined;
    return typeof path === "string" ? path : null;
  } catch {
    // Not whole: the OCI runtime has not seen it, so there is no cgroup of that name.
    return null;
  }
}
