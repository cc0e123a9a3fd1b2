import { isOperationError, OperationError } from "@gantry/api";
import type { Content, Descriptor, Platform, ResolvedImage } from "@gantry/api/content";
import { chainIdsOf, readConfig, readIndex, readManifest } from "./documents.ts";
import { documentKind, isLayer } from "./media-types.ts";
import { hostPlatform, platformDistance, platformText } from "./platform.ts";
import { readDocument } from "./read-document.ts";

/** An index may point to another, and that is as far as anybody goes. */
const maxIndexDepth = 3;

/** Finds manifest and config of `target` for a platform; see `ImageOperations.resolve`. */
export async function resolveImage(content: Content, target: Descriptor, platform?: Platform): Promise<ResolvedImage> {
  const wanted = platform ?? hostPlatform();
  const offers = await offersOf(content, target, maxIndexDepth);
  const best = nearest(offers, wanted);
  if (best === undefined) {
    const list = offers.map((offer) => (offer.platform === null ? "(not said)" : platformText(offer.platform)));
    const has = list.length === 0 ? "nothing" : [...new Set(list)].join(", ");
    const detail = `has nothing for ${platformText(wanted)}; it has ${has}`;
    throw new OperationError("not-found", { type: "image", id: target.digest }, detail);
  }
  return imageOf(content, best.manifest);
}

interface Offer {
  readonly manifest: Descriptor;
  /** What it runs on, `null` where nobody says so. */
  readonly platform: Platform | null;
}

/** All manifests of an index with their platforms, or the one that `target` is. */
async function offersOf(content: Content, target: Descriptor, depth: number): Promise<readonly Offer[]> {
  const subject = { type: "image", id: target.digest } as const;
  const kind = documentKind(target.mediaType);
  if (kind === undefined) {
    throw new OperationError("invalid-argument", subject, `is no image: its media type is ${target.mediaType}`);
  }
  if (kind === "manifest") return [{ manifest: target, platform: await platformOf(content, target) }];
  if (depth === 0)
    throw new OperationError("invalid-argument", subject, `indexes nest more than ${maxIndexDepth} levels deep`);
  const { json } = await readDocument(content, target, "manifest");
  const offers: Offer[] = [];
  for (const entry of readIndex(json, target.mediaType)) {
    const isSaid = documentKind(entry.mediaType) === "manifest" && entry.platform !== undefined;
    if (isSaid) offers.push({ manifest: entry, platform: entry.platform ?? null });
    else if (documentKind(entry.mediaType) !== undefined)
      offers.push(...(await offersIfPresent(content, entry, depth - 1)));
  }
  return offers;
}

/** An index may speak of manifests for other platforms that nobody fetched. */
async function offersIfPresent(content: Content, entry: Descriptor, depth: number): Promise<readonly Offer[]> {
  try {
    return await offersOf(content, entry, depth);
  } catch (error) {
    if (isOperationError(error, "not-found")) return [];
    throw error;
  }
}

async function platformOf(content: Content, manifest: Descriptor): Promise<Platform | null> {
  const { json } = await readDocument(content, manifest, "manifest");
  const { config } = readManifest(json, manifest.mediaType);
  return readConfig((await readDocument(content, config, "config")).json).platform;
}

/** An image that does not say what it runs on is taken where nothing fits better. */
function nearest(offers: readonly Offer[], wanted: Platform): Offer | undefined {
  const ranked = offers.flatMap((offer) => {
    const distance = offer.platform === null ? Number.MAX_SAFE_INTEGER : platformDistance(offer.platform, wanted);
    return distance === undefined ? [] : [{ offer, distance }];
  });
  return ranked.sort((a, b) => a.distance - b.distance)[0]?.offer;
}

async function imageOf(content: Content, manifest: Descriptor): Promise<ResolvedImage> {
  const { json } = await readDocument(content, manifest, "manifest");
  const { config, layers } = readManifest(json, manifest.mediaType);
  const document = await readDocument(content, config, "config");
  const { diffIds } = readConfig(document.json);
  if (diffIds.length !== layers.length) {
    throw json.refuse(`has ${layers.length} layers, its config has ${diffIds.length} diff ids`);
  }
  for (const layer of layers) {
    if (!isLayer(layer.mediaType))
      throw json.refuse(`has a layer of media type ${layer.mediaType}, which cannot be applied`);
  }
  return { manifest, config, configJson: document.text, layers, diffIds, chainIds: chainIdsOf(diffIds) };
}
