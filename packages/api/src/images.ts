import type { CallOptions } from "./call-options.ts";
import type { Content } from "./content.ts";
import type { Snapshotter } from "./snapshotter.ts";

/** A platform in the words of the OCI image specification (image-index.md). */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** Points at content (OCI image specification, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly sizeBytes: bigint;
  readonly annotations?: ReadonlyMap<string, string>;
  readonly platform?: Platform;
}

/** One image found in an archive. */
export interface ImportedImage {
  /** As the archive names it (`org.opencontainers.image.ref.name`, `io.containerd.image.name`, a docker `RepoTags` entry), or `null`. */
  readonly name: string | null;
  /** Its manifest or index; everything it refers to was imported before. */
  readonly target: Descriptor;
}

/** What happens during an import or an unpack, for who shows it to a person. */
export interface ImageProgress {
  readonly stage: "import" | "unpack";
  /** Digest of the blob that it is about. */
  readonly digest: string;
  readonly doneBytes: bigint;
  readonly totalBytes: bigint;
}

/** Options of {@link ImageOperations.importArchive}. */
export interface ImportOptions extends CallOptions {
  readonly onProgress?: (progress: ImageProgress) => void;
}

/** Options of {@link ImageOperations.unpack}. */
export interface UnpackOptions extends CallOptions {
  /** Default: the host's. */
  readonly platform?: Platform;
  readonly onProgress?: (progress: ImageProgress) => void;
}

/** What an image is on one platform. */
export interface ResolvedImage {
  readonly manifest: Descriptor;
  readonly config: Descriptor;
  /** The image's configuration, as JSON text (OCI image specification, config.md). */
  readonly configJson: string;
  readonly layers: readonly Descriptor[];
  /** Digest of each layer's uncompressed bytes, from the lowest up. */
  readonly diffIds: readonly string[];
  /**
   * Name of the Committed snapshot of each layer with all below it, from the lowest up: the chain ids of the OCI image
   * specification (config.md, "Layer ChainID"). The last one is the parent for a container; none for an empty image.
   */
  readonly chainIds: readonly string[];
}

/**
 * What is done with images on top of content and snapshots. Bytes of an image are hostile: everything is verified
 * against digest and size, every list and document has a limit, nothing of it is followed on the host.
 */
export interface ImageOperations {
  /**
   * Reads an OCI image layout or a docker archive as a tar stream, plain or compressed (gzip, zstd), into `content`.
   *
   * After failure nothing of it is visible that was not there before.
   *
   * @returns the images, in the archive's order; at least one
   *
   * Rejects with
   * - `invalid-argument`: not such an archive, a digest or size that is not as promised, a document beyond its limit
   * - `resource-exhausted`: no room left
   */
  importArchive(
    content: Content,
    archive: AsyncIterable<Uint8Array>,
    options?: ImportOptions,
  ): Promise<readonly ImportedImage[]>;

  /**
   * Finds manifest and config for a platform.
   *
   * Rejects with
   * - `not-found`: an index has nothing for the platform (the message lists what it has), or a blob is missing
   * - `invalid-argument`: a document is malformed
   */
  resolve(content: Content, target: Descriptor, platform?: Platform): Promise<ResolvedImage>;

  /**
   * Makes the Committed snapshots of all layers of an image, those that exist already left as they are.
   *
   * Several callers may unpack images that share layers: each layer is applied once. After failure the layers below
   * the failed one stay, nothing else. Each layer is verified against its diff id before it is committed.
   *
   * Rejects with
   * - `not-found`, `invalid-argument`: as `resolve`
   * - `invalid-argument`: a layer cannot be applied safely; the message names layer, entry and rule
   * - `data-loss`: a blob's bytes are no longer those of its digest
   * - `resource-exhausted`: no room left, or the layer exceeds a limit
   */
  unpack(
    content: Content,
    snapshotter: Snapshotter,
    target: Descriptor,
    options?: UnpackOptions,
  ): Promise<ResolvedImage>;

  /**
   * Returns every descriptor reachable from `target`, itself first; what is missing from `content` is left out below it.
   *
   * Rejects with
   * - `invalid-argument`: a document is malformed, or beyond its limit
   */
  references(content: Content, target: Descriptor): Promise<readonly Descriptor[]>;
}
