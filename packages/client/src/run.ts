import { type CallOptions, checkIdentifier, type Exit, isOperationError, OperationError } from "@gantry/api";
import { buildSpec, type SpecOptions, specToAny } from "@gantry/api/spec";
import type { ContainersClient } from "./containers.ts";
import { ignoreEnded, randomId, withCleanup } from "./exec.ts";
import { createImages, type ImageOnPlatform, type ImagesClient } from "./images.ts";
import type { LeaseMaker } from "./own-lease.ts";
import type { Output, RemoteProcess } from "./remote-process.ts";
import { createSnapshots, type SnapshotsClient } from "./snapshots.ts";
import type { HealthCheck, RestartPolicy } from "./supervision.ts";

/** What `Client.run` runs, and how. */
export interface RunOptions extends SpecOptions, CallOptions {
  /** Name of an image that is there; unpacked if it is not yet. */
  readonly image: string;
  /** Id of the container. Default: 12 random hexadecimal digits. */
  readonly id?: string;
  /** Whether standard input is what `writeStdin` gives; empty input otherwise. Default: false. */
  readonly stdin?: boolean;
  /** Whether the daemon deletes the container, and its snapshot, as soon as it has ended. Default: false. */
  readonly remove?: boolean;
  /**
   * What the daemon does when the container has ended. What is returned here, its frames and its end, is the first run.
   * Default: nothing. Excludes `remove`.
   */
  readonly restartPolicy?: RestartPolicy;
  /** How the daemon finds out whether it does its work. Default: not at all. */
  readonly healthCheck?: HealthCheck;
  /** Default: none. */
  readonly labels?: ReadonlyMap<string, string>;
  /** Default: the daemon's defaults. */
  readonly runtime?: string;
  readonly snapshotter?: string;
  /**
   * Absolute path, on the daemon's host, of a directory that `ContainersClient.checkpoint` filled: the processes in it go
   * on, in place of the program. The image and all other options have to be as they were. Default: none.
   */
  readonly checkpoint?: string;
}

/** A container that was made and started. Disposing of it kills it if it runs, and deletes it. */
export interface RunningContainer extends RemoteProcess, AsyncDisposable {
  /** Id of the container. */
  readonly id: string;
  /** Everything it writes, from the first byte on; for one reader. `output()` serves any number. */
  readonly frames: Output;
  /** Process id on the daemon's host; `null` where the platform has none. */
  readonly pid: number | null;
  /** Deletes the container and its snapshot; kills it first if it runs. No error if it is gone already. */
  delete(options?: CallOptions): Promise<void>;
}

/** How long the lease of a run lasts that nobody ends: longer than it takes from the snapshot to the container. */
const leaseSeconds = 3600;

/** What running is made of. */
export interface RunParts {
  readonly containers: ContainersClient;
  readonly images: ImagesClient;
  readonly leases: LeaseMaker;
}

/** What makes a snapshot of an image. */
type SnapshotParts = Pick<RunParts, "containers" | "images"> & { readonly snapshots: SnapshotsClient };

/**
 * Makes a snapshot on the image, a container on the snapshot, and starts it; after a failure nothing of it remains but
 * what was unpacked.
 */
export async function run(parts: RunParts, options: RunOptions): Promise<RunningContainer> {
  const { containers } = parts;
  const { remove = false, signal } = options;
  // Also the key of the snapshot, where more would be allowed.
  const id = checkIdentifier("container", options.id ?? randomId());
  const call = signal === undefined ? {} : { signal };
  const leaseEnded = await createFrom(parts, id, options);
  const process = containers.process(id);
  try {
    // Asked for before the start, and answered also when the daemon deletes the container at its end.
    const ended = remove ? process.wait() : undefined;
    ended?.catch(() => undefined);
    const frames = await process.attach();
    const [pid] = await Promise.all([containers.start(id, call), leaseEnded.promise]);
    const wait = (waitOptions?: CallOptions) =>
      ended === undefined ? process.wait(waitOptions) : until(ended, waitOptions);
    return handleOf(containers, { ...process, id, frames, pid, wait });
  } catch (error) {
    throw await withCleanup(error, () => containers.delete(id, { force: true }));
  }
}

type Started = RemoteProcess & Pick<RunningContainer, "id" | "frames" | "pid">;

function handleOf(containers: ContainersClient, started: Started): RunningContainer {
  const drop = async (options?: CallOptions) => {
    await containers.delete(started.id, { force: true, ...options }).catch(ignoreEnded);
  };
  return {
    ...started,
    delete: drop,
    async [Symbol.asyncDispose]() {
      await started.frames.return?.();
      await drop();
    },
  };
}

/** Waits for `ended` no longer than the caller likes. */
async function until(ended: Promise<Exit>, { signal }: CallOptions = {}): Promise<Exit> {
  if (signal === undefined) {
    return ended;
  }
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    ended.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** @returns when the lease has ended that kept the snapshot until there was a container on it */
async function createFrom(
  parts: RunParts,
  id: string,
  options: RunOptions,
): Promise<{ readonly promise: Promise<void> }> {
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const leasing = parts.leases("run", { lifetimeSeconds: leaseSeconds, ...call });
  const end = () => leasing.then((lease) => lease.end()).catch(() => undefined);
  try {
    const [resolved, { clients }] = await Promise.all([parts.images.resolve(options.image, call), leasing]);
    const snapshots = createSnapshots(clients, options.snapshotter);
    await createOn({ ...parts, images: createImages(clients), snapshots }, resolved, { ...options, id });
  } catch (error) {
    await end();
    throw error;
  }
  return { promise: end() };
}

async function createOn(
  parts: SnapshotParts,
  resolved: ImageOnPlatform,
  options: RunOptions & { readonly id: string },
): Promise<void> {
  const { id, image, labels, remove = false, runtime, signal, snapshotter, stdin = false } = options;
  const call = signal === undefined ? {} : { signal };
  const spec = specToAny(buildSpec(resolved.configJson, { hostname: id.slice(0, 64), ...options }));
  await prepare(parts, { ...options, id, parent: resolved.chainIds.at(-1) ?? null });
  try {
    await parts.containers.create(
      {
        id,
        image,
        spec,
        snapshot: { key: id, owned: true, ...(snapshotter !== undefined && { snapshotter }) },
        stdio: { kind: "log", stdin },
        deleteOnExit: remove,
        ...(options.restartPolicy !== undefined && { restartPolicy: options.restartPolicy }),
        ...(options.healthCheck !== undefined && { healthCheck: options.healthCheck }),
        ...(options.checkpoint !== undefined && { checkpoint: options.checkpoint }),
        ...(labels !== undefined && { labels }),
        ...(runtime !== undefined && { runtime }),
      },
      call,
    );
  } catch (error) {
    throw await withCleanup(error, () => parts.snapshots.remove(id));
  }
}

/** Makes the snapshot `id` on the image's top layer. Its key is the lock: of two runs of one id, one gets it. */
async function prepare(
  parts: SnapshotParts,
  options: RunOptions & { readonly id: string; readonly parent: string | null },
): Promise<void> {
  const { id, image, parent, signal, snapshotter } = options;
  const call = signal === undefined ? {} : { signal };
  try {
    try {
      await parts.snapshots.prepare(id, parent, call);
    } catch (error) {
      if (parent === null || !isOperationError(error, "not-found")) {
        throw error;
      }
      await parts.images.unpack(image, { ...call, ...(snapshotter !== undefined && { snapshotter }) });
      await parts.snapshots.prepare(id, parent, call);
    }
  } catch (error) {
    throw isOperationError(error, "already-exists") ? await conflict(parts, id, error) : error;
  }
}

/** Says which of both is in the way: a container of this id, or a snapshot that is nobody's. */
async function conflict({ containers }: SnapshotParts, id: string, error: OperationError): Promise<OperationError> {
  try {
    await containers.get(id);
    return new OperationError("already-exists", { type: "container", id }, "there is one of this id", { cause: error });
  } catch {
    return error;
  }
}
