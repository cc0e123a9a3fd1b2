import type { Descriptor, Platform } from "@gantry/api/content";
import { sha256Of } from "../digest.ts";
import type { JsonValue } from "./json-document.ts";
import { type DocumentKind, documentKind } from "./media-types.ts";

/** A manifest as far as it is used (OCI image specification, manifest.md; Docker's schema 2 is the same in this). */
export interface Manifest {
  readonly config: Descriptor;
  /** From the lowest up. */
  readonly layers: readonly Descriptor[];
}

/** An image's configuration as far as it is used (OCI image specification, config.md). */
export interface ImageConfig {
  /** `null` where the configuration does not say, as that of something else than a program's image. */
  readonly platform: Platform | null;
  readonly diffIds: readonly string[];
}

/** Limits of documents. Registries have the like, so that real images stay far below. */
export const documentLimits = {
  manifestBytes: 4n << 20n,
  configBytes: 8n << 20n,
  layers: 500,
  manifests: 1000,
} as const;

/** What each kind must not have, lest one document be read as either (CVE-2021-41190). */
const foreignFields: Readonly<Record<DocumentKind, readonly string[]>> = {
  index: ["config", "layers", "fsLayers"],
  manifest: ["manifests", "fsLayers"],
};

/** Reads the descriptors of an index. Throws `invalid-argument` as {@link JsonValue} does. */
export function readIndex(document: JsonValue, mediaType: string): readonly Descriptor[] {
  checkKind(document, mediaType, "index");
  return (document.optional("manifests")?.list(documentLimits.manifests) ?? []).map(readDescriptor);
}

/** Reads a manifest. Throws `invalid-argument` as {@link JsonValue} does. */
export function readManifest(document: JsonValue, mediaType: string): Manifest {
  checkKind(document, mediaType, "manifest");
  return {
    config: readDescriptor(document.property("config")),
    layers: (document.optional("layers")?.list(documentLimits.layers) ?? []).map(readDescriptor),
  };
}

/** Reads a configuration. Throws `invalid-argument` as {@link JsonValue} does. */
export function readConfig(document: JsonValue): ImageConfig {
  const rootfs = document.property("rootfs");
  const type = rootfs.property("type");
  if (type.text() !== "layers") throw type.refuse('must be "layers"');
  const diffIds = (rootfs.optional("diff_ids")?.list(documentLimits.layers) ?? []).map((diffId) => diffId.digest());
  return { platform: readPlatform(document), diffIds };
}

/** Reads one descriptor. Throws `invalid-argument` as {@link JsonValue} does. */
export function readDescriptor(value: JsonValue): Descriptor {
  const annotations = value.optional("annotations")?.textMap();
  const platformField = value.optional("platform");
  const platform = platformField === undefined ? null : readPlatform(platformField);
  return {
    mediaType: value.property("mediaType").text(),
    digest: value.property("digest").digest(),
    sizeBytes: value.property("size").size(),
    ...(annotations === undefined ? {} : { annotations }),
    ...(platform === null ? {} : { platform }),
  };
}

/** Names of the snapshots of a chain of layers (OCI image specification, config.md, "Layer ChainID"), from the lowest up. */
export function chainIdsOf(diffIds: readonly string[]): readonly string[] {
  const chainIds: string[] = [];
  for (const diffId of diffIds) {
    const below = chainIds.at(-1);
    chainIds.push(below === undefined ? diffId : sha256Of(`${below} ${diffId}`));
  }
  return chainIds;
}

function checkKind(document: JsonValue, mediaType: string, kind: DocumentKind): void {
  if (documentKind(mediaType) !== kind) throw document.refuse(`is no ${kind}: its media type is ${mediaType}`);
  const stated = document.optional("mediaType");
  if (stated !== undefined && stated.text() !== mediaType) {
    throw stated.refuse(`is ${stated.text()}, but the document is referred to as ${mediaType}`);
  }
  const version = document.property("schemaVersion");
  if (version.size() !== 2n) throw version.refuse("must be 2");
  for (const field of foreignFields[kind]) {
    if (document.optional(field) !== undefined) throw document.refuse(`has ${field}, which no ${kind} has`);
  }
}

function readPlatform(value: JsonValue): Platform | null {
  const os = value.optional("os")?.text() ?? "";
  const architecture = value.optional("architecture")?.text() ?? "";
  const variant = value.optional("variant")?.text() ?? "";
  if (os === "" || architecture === "") return null;
  return variant === "" ? { os, architecture } : { os, architecture, variant };
}
