import { stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { type Mount, OperationError } from "@gantry/api";
import { withCleanup } from "../../driver-error.ts";
import { errnoOf } from "../../errno.ts";
import type { WindowsLayerHost } from "./host.ts";
import { answered, layerCode, layerFailure } from "./layer-error.ts";
import { filesDirectory } from "./layer-files.ts";
import { parseWindowsLayerMount, type ShownLayer } from "./mount-value.ts";

/** Where a target says which layer it shows; the name that containerd uses, so that each can unmount the other's. */
const sourceStream = "containerd.io-source";

const retries = 5;
const retryDelayMs = 100;

/** How time passes between two attempts. */
export interface MountClock {
  /** Resolves after so many milliseconds. */
  wait(ms: number): Promise<void>;
}

/** How patient mounting and unmounting are. */
export interface WindowsMountOptions {
  /** Default: the clock of the process. */
  readonly clock?: MountClock | undefined;
}

/** One mount to be performed. */
export interface WindowsLayerMounting extends WindowsMountOptions {
  readonly mount: Mount;
  /** Absolute path of an existing directory. */
  readonly target: string;
}

const processClock: MountClock = {
  async wait(ms) {
    await delay(ms);
  },
};

type Undo = () => Promise<void>;

interface Failures {
  readonly error: unknown;
  /** What failed besides. */
  readonly cleanup: readonly unknown[];
}

/**
 * Shows a layer at the existing directory `target`, and writes there which one it is. Layers that are not ready yet, as
 * happens under load, are tried again five times, 100 milliseconds apart.
 *
 * If it rejects, what was done is undone again, the last first; what failed at that is in `cleanup`.
 *
 * Rejects with
 * - `invalid-argument`: the mount is none of a layer of Windows
 * - `unavailable`: the layer was not ready in time
 * - `data-loss`: a layer is missing, or the base layer has no files
 * - `failed-precondition`: the layer is shown already
 * - `permission-denied`, `resource-exhausted`, `unimplemented`, `internal`: as Windows says
 */
export async function mountWindowsLayer(
  host: WindowsLayerHost,
  { mount, target, clock = processClock }: WindowsLayerMounting,
): Promise<void> {
  const layer = parseWindowsLayerMount(mount);
  await undoneOnFailure(layer.source, async (undo) => {
    const shown = await whileNotReady(clock, () => raise(host, layer, undo));
    await host.applyFileBinding(target, shown, layer.readonly);
    undo.push(() => host.removeFileBinding(target));
    await host.writeStream(target, sourceStream, layer.source);
  });
}

/**
 * Undoes {@link mountWindowsLayer}. That nothing is mounted at `target`, that it does not exist or is `""` is success.
 *
 * If it rejects, all that could be undone has been; a second call does not come back to the rest.
 *
 * Rejects with
 * - `unavailable`, `failed-precondition`, `permission-denied`, `internal`: as Windows says
 */
export async function unmountWindowsLayer(
  host: WindowsLayerHost,
  target: string,
  { clock = processClock }: WindowsMountOptions = {},
): Promise<void> {
  if (target === "" || !(await exists(target))) {
    return;
  }
  try {
    // Before the binding goes: the stream may be the one of what is bound.
    const source = await host.readStream(target, sourceStream);
    if ((await unbind(host, target)) && source !== null) {
      await lower(host, source, clock);
    }
  } catch (error) {
    throw layerFailure({ type: "mount", id: target }, "cannot be unmounted", error);
  }
}

/** @returns the directory that shows the files of the layer; nothing is left to be undone if it rejects */
async function raise(host: WindowsLayerHost, { source, parents }: ShownLayer, undo: Undo[]): Promise<string> {
  const ours: Undo[] = [];
  try {
    await host.activateLayer(source);
    ours.push(() => host.deactivateLayer(source));
    await host.prepareLayer(source, parents);
    ours.push(() => host.unprepareLayer(source));
    const volume = await host.getLayerMountPath(source);
    const shown = parents.length === 0 ? await filesOf(host, source, volume) : volume;
    undo.push(...ours);
    return shown;
  } catch (error) {
    const failures = await undoAll(ours);
    throw failures.length === 0 ? error : mountFailure("cannot be mounted", source, { error, cleanup: failures });
  }
}

/** A base layer is not laid over anything; around its files are those that make it a layer, which are not to be shown. */
async function filesOf(host: WindowsLayerHost, source: string, volume: string): Promise<string> {
  const files = host.path.join(volume, filesDirectory);
  if (!(await exists(files))) {
    throw new OperationError("data-loss", { type: "mount", id: source }, `has no directory ${filesDirectory}`);
  }
  return files;
}

/** @returns whether anything was bound there */
async function unbind(host: WindowsLayerHost, target: string): Promise<boolean> {
  try {
    await host.removeFileBinding(target);
    return true;
  } catch (error) {
    if (answered(error, layerCode.invalidParameter, layerCode.notFound)) {
      return false;
    }
    throw error;
  }
}

async function lower(host: WindowsLayerHost, source: string, clock: MountClock): Promise<void> {
  const failures = await undoAll([
    () => whileNotReady(clock, () => host.deactivateLayer(source)),
    () => whileNotReady(clock, () => host.unprepareLayer(source)),
  ]);
  const [first, ...others] = failures;
  if (first !== undefined) {
    throw mountFailure("cannot be unmounted", source, { error: first, cleanup: others });
  }
}

async function whileNotReady<T>(clock: MountClock, work: () => Promise<T>): Promise<T> {
  for (let left = retries; ; left -= 1) {
    try {
      return await work();
    } catch (error) {
      if (left === 0 || !answered(error, layerCode.notReady, layerCode.deviceNotConnected)) {
        throw error;
      }
    }
    await clock.wait(retryDelayMs);
  }
}

async function undoneOnFailure(source: string, work: (undo: Undo[]) => Promise<void>): Promise<void> {
  const undo: Undo[] = [];
  try {
    await work(undo);
  } catch (error) {
    throw mountFailure("cannot be mounted", source, { error, cleanup: await undoAll(undo) });
  }
}

/** @returns what failed, in the order of the calls */
async function undoAll(undo: readonly Undo[]): Promise<readonly unknown[]> {
  const failures: unknown[] = [];
  for (const step of undo.toReversed()) {
    await step().catch((error: unknown) => failures.push(error));
  }
  return failures;
}

function mountFailure(failed: string, source: string, { error, cleanup }: Failures): unknown {
  return withCleanup(layerFailure({ type: "mount", id: source }, failed, error), cleanup);
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") {
      return false;
    }
    throw error;
  }
}
