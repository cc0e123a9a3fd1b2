import { dirname } from "node:path";
import { type Mount, OperationError, type Subject } from "@gantry/api";
import type { Bundle } from "./bundle.ts";
import type { Host } from "./host.ts";
import type { RuntimeContext } from "./runtime-context.ts";
import { hasHostId, hostIdOf, type IdMapping, type UserNamespace } from "./user-namespace.ts";

/** What is to be shown at `Bundle.rootfs`. */
export interface RootfsRequest {
  readonly bundle: Bundle;
  readonly rootfs: readonly Mount[];
  /** `null` where the container has the host's. */
  readonly userNamespace: UserNamespace | null;
  readonly signal: AbortSignal | undefined;
}

/**
 * Shows the root file system of a container.
 *
 * With a user namespace its files are shown with the owners that the namespace has for those that are stored, and what
 * the container writes is stored with the owners translated back. A root file system whose top directory has an owner
 * of the namespace already was made for it, and is shown as it is.
 *
 * Rejects as `HostMounts.mount`; all that is mounted then is at or below `Bundle.rootfs`.
 */
export async function mountRootfs(context: RuntimeContext, request: RootfsRequest): Promise<void> {
  const { host } = context;
  const { bundle, rootfs, signal, userNamespace } = request;
  await host.mount(rootfs, bundle.rootfs, signal);
  if (userNamespace === null) {
    return;
  }
  await openWay(context, bundle, userNamespace);
  if (hasHostId(userNamespace.uids, await host.ownerOf(bundle.rootfs))) {
    return;
  }
  await host.unmount(bundle.rootfs);
  const idMap = { uids: userNamespace.uids.map(toRange), gids: userNamespace.gids.map(toRange) };
  await host.mountWithOwners(rootfs, bundle.rootfs, { idMap, signal });
}

/** What is stored are the ids that the container has. */
function toRange({ containerID, hostID, size }: IdMapping) {
  return { stored: containerID, shown: hostID, size };
}

/**
 * Lets root of the container, who is not root of the host, come to its root file system, by which the OCI runtime
 * enters it. Other users of the host come as far as the bundles and cannot list them: were they let in, they could run
 * what an image has as programs that change the user.
 */
async function openWay({ host, layout, state }: RuntimeContext, bundle: Bundle, ids: UserNamespace): Promise<void> {
  await host.letPass(state, null);
  await host.letPass(layout.bundles, null);
  await host.letPass(bundle.directory, hostIdOf(ids.gids, 0));
  const closed = await closedAbove(host, state);
  if (closed !== null) {
    const subject: Subject = { type: "container", id: bundle.id };
    const detail = `root of the user namespace cannot come to its files: others may not pass through ${closed} (mode o+x)`;
    throw new OperationError("failed-precondition", subject, detail);
  }
}

async function closedAbove(host: Host, path: string): Promise<string | null> {
  for (let above = dirname(path); ; above = dirname(above)) {
    if (!(await host.isPassable(above))) return above;
    if (above === dirname(above)) return null;
  }
}
