import { isOperationError, OperationError, type Snapshotter } from "@gantry/api";
import type { Content, Descriptor, ResolvedImage, UnpackOptions } from "@gantry/api/content";
import type { AppliedLayer } from "../apply/apply-messages.ts";
import { dataLoss } from "../apply/apply-thread.ts";
import type { LayerLimits } from "../apply/layer-limits.ts";
import { withCleanup } from "../cleanup.ts";
import { resolveImage } from "../image/resolve.ts";
import { ApplyThreads } from "./apply-threads.ts";
import type { MountedTrees } from "./mounted-tree.ts";
import { SingleFlight } from "./single-flight.ts";
import { cleanUnpackLeftovers, newUnpackKey } from "./unpack-key.ts";

/** On the Committed snapshot of each layer: the layer's diff id. */
const layerLabel = "gantry.dev/image.layer";

/** One layer of an image with its place in the chain. */
interface ChainLink {
  readonly layer: Descriptor;
  readonly diffId: string;
  /** The snapshot to make. */
  readonly chainId: string;
  /** The snapshot to make it on. */
  readonly parent: string | null;
}

/** What one call of `unpack` works with. */
interface Request {
  readonly content: Content;
  readonly snapshotter: Snapshotter;
  readonly options: UnpackOptions;
}

/** Makes the snapshots of images; see `ImageOperations.unpack`. */
export class Unpacker {
  readonly #trees: MountedTrees;
  readonly #limits: LayerLimits;
  readonly #threads = new ApplyThreads();
  /** By snapshotter, since each has chains of its own. */
  readonly #flights = new WeakMap<Snapshotter, SingleFlight<void>>();

  constructor(trees: MountedTrees, limits: LayerLimits) {
    this.#trees = trees;
    this.#limits = limits;
  }

  async unpack(target: Descriptor, request: Request): Promise<ResolvedImage> {
    const { content, snapshotter, options } = request;
    const image = await resolveImage(content, target, options.platform);
    const top = image.chainIds.at(-1);
    if (top === undefined || (await isCommitted(snapshotter, top))) return image;
    for (const link of chainOf(image)) {
      options.signal?.throwIfAborted();
      await this.#provide(link, request);
    }
    return image;
  }

  async #provide(link: ChainLink, request: Request): Promise<void> {
    const { snapshotter, options } = request;
    let flights = this.#flights.get(snapshotter);
    if (flights === undefined) {
      flights = new SingleFlight();
      this.#flights.set(snapshotter, flights);
      // For who did not call it at the start. What cannot be removed takes room and is in nobody's way.
      await cleanUnpackLeftovers(snapshotter).catch(() => {});
    }
    const work = async (signal: AbortSignal) => {
      if (await isCommitted(snapshotter, link.chainId)) return;
      await this.#make(link, { ...request, options: { ...options, signal } });
    };
    await flights.run(link.chainId, work, options.signal);
  }

  async #make(link: ChainLink, request: Request): Promise<void> {
    const { snapshotter, options } = request;
    const key = newUnpackKey(link.chainId);
    const mounts = await snapshotter.prepare(key, link.parent);
    try {
      const subject = { type: "layer", id: link.layer.digest } as const;
      const applied = await this.#trees.show(mounts, subject, (path) => this.#apply(path, link, request));
      checkApplied(link, applied);
      options.signal?.throwIfAborted();
      await commitUnlessThere(snapshotter, key, link);
    } catch (error) {
      const failure = await snapshotter.remove(key).then(
        () => [],
        (cleanup: unknown) => [cleanup],
      );
      throw withCleanup(error, failure);
    }
  }

  #apply(root: string, { layer }: ChainLink, { content, options }: Request): Promise<AppliedLayer> {
    const job = { root, digest: layer.digest, limits: this.#limits };
    const onRead = (doneBytes: bigint) =>
      options.onProgress?.({ stage: "unpack", digest: layer.digest, doneBytes, totalBytes: layer.sizeBytes });
    return this.#threads.use((thread) =>
      thread.apply(job, content.read(layer.digest), { signal: options.signal, onRead }),
    );
  }
}

function chainOf(image: ResolvedImage): readonly ChainLink[] {
  const { layers, diffIds, chainIds } = image;
  return layers.flatMap((layer, index) => {
    const [diffId, chainId] = [diffIds[index], chainIds[index]];
    // `resolve` has checked that there are as many of each.
    if (diffId === undefined || chainId === undefined) return [];
    return [{ layer, diffId, chainId, parent: chainIds[index - 1] ?? null }];
  });
}

async function isCommitted(snapshotter: Snapshotter, name: string): Promise<boolean> {
  try {
    const { kind } = await snapshotter.stat(name);
    if (kind === "committed") return true;
    throw new OperationError(
      "failed-precondition",
      { type: "snapshot", id: name },
      "is active, but has the name of a layer",
    );
  } catch (error) {
    if (isOperationError(error, "not-found")) return false;
    throw error;
  }
}

function checkApplied({ layer, diffId }: ChainLink, applied: AppliedLayer): void {
  if (applied.digest !== layer.digest) throw dataLoss(layer.digest, applied.digest);
  const subject = { type: "layer", id: layer.digest } as const;
  if (applied.sizeBytes !== layer.sizeBytes) {
    const detail = `has ${applied.sizeBytes} bytes, its descriptor says ${layer.sizeBytes}`;
    throw new OperationError("invalid-argument", subject, detail);
  }
  if (applied.diffId !== diffId) {
    const detail = `its uncompressed bytes have digest ${applied.diffId}, the image says ${diffId}`;
    throw new OperationError("invalid-argument", subject, detail);
  }
}

/** Somebody else, in another process or with another view of the snapshotter, may have made the same meanwhile. */
async function commitUnlessThere(snapshotter: Snapshotter, key: string, link: ChainLink): Promise<void> {
  try {
    await snapshotter.commit(link.chainId, key, { labels: new Map([[layerLabel, link.diffId]]) });
  } catch (error) {
    if (!isOperationError(error, "already-exists")) throw error;
    await snapshotter.remove(key);
  }
}
