import type { Content, Descriptor, ImageOperations } from "@gantry/api/content";

/** Media types of what has a configuration and layers; everything else that is reachable is an index, or a leaf. */
const manifestTypes: ReadonlySet<string> = new Set([
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
]);

/** What images need to be what they are. */
export interface ImageNeeds {
  /** Digests of content. */
  readonly digests: ReadonlySet<string>;
  /** Names of layer snapshots: of each manifest those of its layers, from the lowest up. */
  readonly chains: readonly (readonly string[])[];
}

/** Collects what the images behind `targets` need; what is missing from `content` is left out. */
export async function needsOf(
  images: ImageOperations,
  content: Content,
  targets: readonly Descriptor[],
): Promise<ImageNeeds> {
  const digests = new Set<string>();
  const manifests = new Map<string, Descriptor>();
  for (const target of targets) {
    for (const descriptor of await images.references(content, target)) {
      digests.add(descriptor.digest);
      if (manifestTypes.has(descriptor.mediaType)) manifests.set(descriptor.digest, descriptor);
    }
  }
  const chains: (readonly string[])[] = [];
  for (const manifest of manifests.values()) {
    // A manifest whose configuration is missing or malformed was never unpacked, so it has no snapshots.
    const resolved = await images.resolve(content, manifest, manifest.platform).catch(() => undefined);
    if (resolved !== undefined) chains.push(resolved.chainIds);
  }
  return { digests, chains };
}
