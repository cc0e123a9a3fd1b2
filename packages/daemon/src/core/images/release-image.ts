import { isOperationError } from "@gantry/api";
import type { Descriptor } from "@gantry/api/content";
import type { Contents } from "../content/contents.ts";
import type { CoreParts } from "../parts.ts";
import type { SnapshotRef, Snapshots } from "../snapshots/snapshots.ts";
import { needsOf } from "./image-needs.ts";

/** What those work with that deal with images. */
export interface ImageParts {
  readonly core: CoreParts;
  readonly contents: Contents;
  readonly snapshots: Snapshots;
}

/** What went with an image. */
export interface Released {
  /** Digests, ordered. */
  readonly content: readonly string[];
  /** Names of layer snapshots, ordered. */
  readonly snapshots: readonly string[];
}

/** What to let go of. */
export interface Release {
  readonly namespace: string;
  readonly target: Descriptor;
  /** Which content may go, of what no image needs. Default: all. */
  readonly mayGo?: (digest: string) => Promise<boolean>;
}

/** On a layer that no image needed when something still stood on it: it goes with the last that does. */
const releasedLabel = "gantry.dev/image.released";

/**
 * Takes away the content behind `target` and the snapshots of its layers, as far as no image of the namespace needs them.
 * The name that pointed there is gone already. A snapshot that a container or anything else stands on refuses to go by
 * itself, and so keeps those below it, until {@link releaseLayers}.
 */
export async function releaseImage(
  parts: ImageParts,
  { namespace, target, mayGo = async () => true }: Release,
): Promise<Released> {
  const { images } = parts.contents.subsystem();
  const content = parts.contents.in(namespace);
  const others = parts.core.tables.images.list(namespace).map((image) => image.target);
  const released = await needsOf(images, content, [target]);
  const kept = await needsOf(images, content, others);

  const keptSnapshots = new Set(kept.chains.flat());
  const snapshots = new Set<string>();
  for (const chain of released.chains) {
    for (const name of await removeChain(parts, namespace, untilKept(chain, keptSnapshots))) snapshots.add(name);
  }
  const removed: string[] = [];
  for (const digest of released.digests) {
    if (kept.digests.has(digest)) continue;
    if ((await mayGo(digest)) && (await removeContent(parts, namespace, digest))) removed.push(digest);
  }
  return { content: removed.sort(), snapshots: [...snapshots].sort() };
}

/** The names of a chain from the top down, as far as no other image needs them. */
function untilKept(chain: readonly string[], kept: ReadonlySet<string>): readonly string[] {
  const topDown = chain.toReversed();
  const end = topDown.findIndex((name) => kept.has(name));
  return end === -1 ? topDown : topDown.slice(0, end);
}

/** Removes snapshots in all snapshotters, in the order given, as far as nothing stands on them; marks those that stay. */
async function removeChain(parts: ImageParts, namespace: string, names: readonly string[]): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const snapshotter of parts.core.snapshotters.ready().keys()) {
    for (const name of names) {
      const ref = { namespace, snapshotter, name };
      if (await removeLayer(parts, ref)) removed.push(name);
      else await mark(parts, ref);
    }
  }
  return removed;
}

/**
 * Removes the layer `ref` and those below it, as far as they are marked, nothing stands on them and no image needs them.
 * To be called when something that stood on it is gone.
 */
export async function releaseLayers(parts: ImageParts, ref: SnapshotRef): Promise<void> {
  const { namespace } = ref;
  const targets = parts.core.tables.images.list(namespace).map(({ target }) => target);
  const { chains } = await needsOf(parts.contents.subsystem().images, parts.contents.in(namespace), targets);
  const kept = new Set(chains.flat());
  let name: string | null = ref.name;
  while (name !== null && !kept.has(name)) {
    const layer: SnapshotRef = { ...ref, name };
    const parent = await parentOfReleased(parts, layer);
    if (parent === undefined || !(await removeLayer(parts, layer))) return;
    name = parent;
  }
}

/** Whether a layer may go as soon as nothing stands on it. */
export async function isReleased(parts: Pick<ImageParts, "snapshots">, ref: SnapshotRef): Promise<boolean> {
  return (await parentOfReleased(parts, ref)) !== undefined;
}

/** The parent of a layer that is marked; `undefined` if it is not, or is gone. */
async function parentOfReleased(
  { snapshots }: Pick<ImageParts, "snapshots">,
  ref: SnapshotRef,
): Promise<string | null | undefined> {
  try {
    const { labels, parent } = await snapshots.stat(ref, {});
    return labels.has(releasedLabel) ? parent : undefined;
  } catch (error) {
    if (isOperationError(error, "not-found")) return undefined;
    throw error;
  }
}

async function mark({ snapshots }: ImageParts, ref: SnapshotRef): Promise<void> {
  try {
    const labels = new Map([[releasedLabel, "true"]]);
    await snapshots.update(ref, { labels }, { fieldPaths: [`labels.${releasedLabel}`] });
  } catch (error) {
    // Another snapshotter has it, not this one.
    if (!isOperationError(error, "not-found")) throw error;
  }
}

async function removeLayer({ snapshots }: ImageParts, ref: SnapshotRef): Promise<boolean> {
  try {
    await snapshots.remove(ref);
    return true;
  } catch (error) {
    if (isOperationError(error, "failed-precondition", "not-found")) return false;
    throw error;
  }
}

async function removeContent({ contents }: ImageParts, namespace: string, digest: string): Promise<boolean> {
  try {
    await contents.delete(namespace, digest);
    return true;
  } catch (error) {
    // Missing already: the archive it came from had it not, or somebody took it away by hand.
    if (isOperationError(error, "not-found")) return false;
    throw error;
  }
}
