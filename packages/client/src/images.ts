import type { CallOptions } from "@gantry/api";
import type { Descriptor, Platform, ResolvedImage } from "@gantry/api/content";
import type { Image, ResolvedImage as ResolvedMessage } from "@gantry/api/gantry/images/v1";
import {
  dateFromMessage,
  descriptorFromMessage,
  descriptorToMessage,
  labelsFromMessage,
  labelsToMessage,
  platformToMessage,
} from "@gantry/api/wire";
import { type ImageImportOptions, importArchive } from "./image-import.ts";
import { lastAnswer, type Progress } from "./image-progress.ts";
import type { LeaseMaker } from "./own-lease.ts";
import type { RawClients } from "./raw.ts";
import { required } from "./values.ts";

/** A name that points at content. */
export interface ImageRecord {
  readonly name: string;
  /** A manifest, or an index of manifests. */
  readonly target: Descriptor;
  readonly labels: ReadonlyMap<string, string>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What an image is on one platform. */
export type ImageOnPlatform = Omit<ResolvedImage, "diffIds">;

/** What went with a name. */
export interface RemovedImage {
  /** Digests, ordered. */
  readonly content: readonly string[];
  /** Names, ordered. */
  readonly snapshots: readonly string[];
}

/** Options of calls about an image on a platform. */
export interface PlatformOptions extends CallOptions {
  /** Default: the daemon's own. */
  readonly platform?: Platform;
}

/** Options of {@link ImagesClient.unpack}. */
export interface UnpackImageOptions extends PlatformOptions {
  /** Default: the daemon's default. */
  readonly snapshotter?: string;
  readonly onProgress?: (progress: Progress) => void;
}

/** The images of the client's namespace. */
export interface ImagesClient {
  /**
   * Brings in the images of an archive: an OCI image layout or a docker archive as a tar file, plain or compressed with
   * gzip or zstd. After a failure nothing of it is visible that was not there before.
   *
   * @returns the images, in the archive's order; at least one
   *
   * Rejects with
   * - `invalid-argument`: not such an archive, or a digest, size or document in it breaks a rule
   * - `already-exists`: a name is taken and `keepExisting` is set
   * - `resource-exhausted`: no room left
   */
  import(archive: AsyncIterable<Uint8Array>, options?: ImageImportOptions): Promise<readonly ImageRecord[]>;

  /**
   * Points a new name at content that is there.
   *
   * Rejects with
   * - `already-exists`: there is an image of this name
   * - `invalid-argument`: the name breaks its rule
   * - `not-found`: the content is missing
   */
  create(
    name: string,
    target: Descriptor,
    options?: CallOptions & { readonly labels?: ReadonlyMap<string, string> },
  ): Promise<ImageRecord>;

  /**
   * Returns one image.
   *
   * Rejects with
   * - `not-found`: there is none of this name
   */
  get(name: string, options?: CallOptions): Promise<ImageRecord>;

  /** Returns all images, ordered by name. */
  list(options?: CallOptions): Promise<readonly ImageRecord[]>;

  /**
   * Removes a name, and the content and layer snapshots that nothing else needs.
   *
   * Rejects with
   * - `not-found`: there is none of this name
   */
  delete(name: string, options?: CallOptions): Promise<RemovedImage>;

  /**
   * Returns configuration, layers and snapshots of an image.
   *
   * Rejects with
   * - `not-found`: no such image, nothing in it for the platform, or content is missing
   * - `invalid-argument`: a document of the image is malformed
   */
  resolve(name: string, options?: PlatformOptions): Promise<ImageOnPlatform>;

  /**
   * Makes Committed snapshots of all layers of an image; what is there already stays.
   *
   * Rejects with
   * - `not-found`, `invalid-argument`: as `resolve`
   * - `invalid-argument`: a layer cannot be applied safely; the message names layer, entry and rule
   * - `data-loss`: bytes of a blob are no longer those of its digest
   * - `resource-exhausted`: no room left, or a layer exceeds a limit
   */
  unpack(name: string, options?: UnpackImageOptions): Promise<ImageOnPlatform>;
}

/** @param leases - makes the lease for an import; default: the caller has one, or wants none */
export function createImages(clients: RawClients, leases?: LeaseMaker): ImagesClient {
  const { images: raw } = clients;
  return {
    import: async (archive, options = {}) =>
      (await importArchive({ clients, leases }, archive, options)).map(imageFrom),
    async create(name, target, { labels = new Map(), ...options } = {}) {
      const image = { name, target: descriptorToMessage(target), labels: labelsToMessage(labels) };
      return imageFrom((await raw.createImage({ image }, options)).image);
    },
    get: async (name, options = {}) => imageFrom((await raw.getImage({ name }, options)).image),
    list: async (options = {}) => (await raw.listImages({}, options)).images.map(imageFrom),
    async delete(name, options = {}) {
      const { removedContent, removedSnapshots } = await raw.deleteImage({ name }, options);
      return { content: removedContent, snapshots: removedSnapshots };
    },
    async resolve(name, { platform, ...options } = {}) {
      return resolvedFrom((await raw.resolveImage({ name, ...platformField(platform) }, options)).image);
    },
    async unpack(name, { snapshotter = "", platform, onProgress, ...options } = {}) {
      const request = { name, snapshotter, ...platformField(platform) };
      const last = await lastAnswer(options, (rpc) => raw.unpackImage(request, rpc), { onProgress });
      return resolvedFrom(last.response.case === "image" ? last.response.value : undefined);
    },
  };
}

function platformField(platform: Platform | undefined) {
  return platform === undefined ? {} : { platform: platformToMessage(platform) };
}

function imageFrom(message: Image | undefined): ImageRecord {
  const { name, target, labels, createdAt, updatedAt } = required(message, "image");
  return {
    name,
    target: descriptorFromMessage(required(target, "image.target")),
    labels: labelsFromMessage(labels),
    createdAt: dateFromMessage(createdAt),
    updatedAt: dateFromMessage(updatedAt),
  };
}

function resolvedFrom(message: ResolvedMessage | undefined): ImageOnPlatform {
  const { manifest, config, configJson, layers, chainIds } = required(message, "image");
  return {
    manifest: descriptorFromMessage(required(manifest, "image.manifest")),
    config: descriptorFromMessage(required(config, "image.config")),
    configJson,
    layers: layers.map(descriptorFromMessage),
    chainIds,
  };
}
