import { isOperationError } from "@gantry/api";
import type { Descriptor } from "@gantry/api/content";
import type { Contents } from "../content/contents.ts";
import type { Collection, GarbageCollector } from "../gc/garbage-collector.ts";
import { contentObject, type GcObject, keyOf, snapshotObject, snapshotterOf } from "../gc/gc-object.ts";
import { objectExists } from "../gc/object-exists.ts";
import type { CoreParts } from "../parts.ts";
import type { SnapshotRef, Snapshots } from "../snapshots/snapshots.ts";
import { needsOf } from "./image-needs.ts";

/** What those work with that deal with images. */
export interface ImageParts {
  readonly core: CoreParts;
  readonly contents: Contents;
  readonly snapshots: Snapshots;
  readonly collector: GarbageCollector;
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
}

/** On a layer that no image needed when something still stood on it: it goes with the last that does. */
const releasedLabel = "gantry.dev/image.released";

/**
 * Takes away the content behind `target` and the snapshots of its layers, as far as nothing else keeps them, whoever made
 * them. The name that pointed there is gone already. What a container or anything else stands on goes with that.
 */
export async function releaseImage(parts: ImageParts, release: Release): Promise<Released> {
  return collectReleased(parts, release.namespace, await adoptNeeds(parts, release));
}

/** Lets everything behind `target` be collected, also what was made by hand, and returns it. */
export async function adoptNeeds(parts: ImageParts, release: Release): Promise<readonly GcObject[]> {
  const { makings } = parts.core;
  const needs = await needsOfTarget(parts, release);
  for (const object of needs) makings.adopt(release.namespace, object);
  return needs;
}

/** Removes `needs` as far as nothing keeps them. */
export async function collectReleased(
  parts: ImageParts,
  namespace: string,
  needs: readonly GcObject[],
): Promise<Released> {
  const collection = await parts.collector.collect(namespace, { only: new Set(needs.map(keyOf)) });
  for (const object of needs) {
    if (outlivesImages(collection, object)) await mark(parts, namespace, object);
  }
  const content = collection.removed.filter(({ type }) => type === "content").map(({ id }) => id);
  const snapshots = collection.removed.filter((object) => snapshotterOf(object) !== undefined).map(({ id }) => id);
  return { content: content.sort(), snapshots: [...new Set(snapshots)].sort() };
}

/** Takes back what a failed import made; what was there before it stays what it was. */
export async function discardImported(parts: ImageParts, release: Release): Promise<void> {
  const needs = await needsOfTarget(parts, release);
  await parts.collector.collect(release.namespace, { only: new Set(needs.map(keyOf)) });
}

/**
 * Removes the layer `ref` and those below it, as far as nothing keeps them. To be called when something that stood on it is
 * gone, and does something only where its image is gone too.
 */
export async function releaseLayers(parts: ImageParts, ref: SnapshotRef): Promise<void> {
  const chain = new Set<string>();
  for (let name: string | null = ref.name; name !== null; ) {
    const parent = await parentOfReleased(parts, { ...ref, name });
    if (parent === undefined) break;
    chain.add(keyOf(snapshotObject(parts.snapshots.snapshotter(ref.namespace, ref.snapshotter).id, name)));
    name = parent;
  }
  if (chain.size > 0) await parts.collector.collect(ref.namespace, { only: chain });
}

async function needsOfTarget(parts: ImageParts, { namespace, target }: Release): Promise<readonly GcObject[]> {
  const { contents, core } = parts;
  const needs = await needsOf(contents.subsystem().images, contents.in(namespace), [target]);
  const snapshotters = [...core.snapshotters.ready().keys()];
  const layers = needs.chains.flat().flatMap((name) => snapshotters.map((id) => snapshotObject(id, name)));
  const there: GcObject[] = [];
  for (const object of [...[...needs.digests].map(contentObject), ...layers]) {
    if (await objectExists(core, namespace, object)) there.push(object);
  }
  return there;
}

/** Whether a layer stays for the sake of what stands on it, not of an image or a lease. */
function outlivesImages(collection: Collection, object: GcObject): boolean {
  const [root] = collection.pathTo(object);
  return snapshotterOf(object) !== undefined && root !== undefined && !["image", "lease"].includes(root.object.type);
}

/** The parent of a layer that is marked; `undefined` if it is not, or is gone. */
async function parentOfReleased({ snapshots }: ImageParts, ref: SnapshotRef): Promise<string | null | undefined> {
  try {
    const { labels, parent } = await snapshots.stat(ref, {});
    return labels.has(releasedLabel) ? parent : undefined;
  } catch (error) {
    if (isOperationError(error, "not-found")) return undefined;
    throw error;
  }
}

async function mark({ snapshots }: ImageParts, namespace: string, object: GcObject): Promise<void> {
  try {
    const labels = new Map([[releasedLabel, "true"]]);
    const ref = { namespace, snapshotter: snapshotterOf(object) ?? "", name: object.id };
    await snapshots.update(ref, { labels }, { fieldPaths: [`labels.${releasedLabel}`] });
  } catch (error) {
    if (!isOperationError(error, "not-found")) throw error;
  }
}
