import type { ImportedImage } from "@gantry/api/content";
import { compressionOf } from "../compression.ts";
import { documentLimits, type ImageConfig, readConfig } from "../image/documents.ts";
import { type JsonValue, parseJsonDocument } from "../image/json-document.ts";
import { ociConfig, ociLayer, ociManifest } from "../image/media-types.ts";
import type { ArchiveCommit } from "./archive-commit.ts";
import type { ArchiveFile } from "./archive-files.ts";

/** Docker knows no more images in one archive than people put there by hand. */
const maxImages = 1000;
const maxTags = 1000;

/**
 * Imports what the `manifest.json` of a docker archive (the format of `docker save`) lists. Each image gets a manifest,
 * the same for the same image every time. One with several names is returned once for each.
 */
export async function importDockerArchive(commit: ArchiveCommit, manifest: Buffer): Promise<readonly ImportedImage[]> {
  const images: ImportedImage[] = [];
  for (const entry of parseJsonDocument(manifest, commit.subject).list(maxImages)) {
    const tags = entry.optional("RepoTags")?.list(maxTags) ?? [];
    const target = await importImage(commit, entry);
    if (tags.length === 0) images.push({ name: null, target });
    for (const tag of tags) images.push({ name: tag.text(), target });
  }
  return images;
}

async function importImage(commit: ArchiveCommit, entry: JsonValue): Promise<ImportedImage["target"]> {
  const configPath = entry.property("Config").text();
  const configFile = commit.file(configPath);
  const paths = (entry.optional("Layers")?.list(documentLimits.layers) ?? []).map((layer) => layer.text());
  const configDigest = await commit.commit(configFile, digestInName(configPath));
  const config = await configOf(commit, configFile, configDigest);
  if (config.diffIds.length !== paths.length) {
    throw entry.refuse(`has ${paths.length} layers, its config has ${config.diffIds.length} diff ids`);
  }
  const layers = [];
  for (const [index, path] of paths.entries()) {
    const file = commit.file(path);
    layers.push(await importLayer(commit, file, { path, diffId: config.diffIds[index] }));
  }
  const text = JSON.stringify({
    schemaVersion: 2,
    mediaType: ociManifest,
    config: { mediaType: ociConfig, digest: configDigest, size: Number(configFile.sizeBytes) },
    layers,
  });
  const bytes = Buffer.from(text);
  return { mediaType: ociManifest, digest: await commit.put(bytes), sizeBytes: BigInt(bytes.length) };
}

async function configOf(commit: ArchiveCommit, file: ArchiveFile, digest: string): Promise<ImageConfig> {
  if (file.sizeBytes > documentLimits.configBytes) {
    throw commit.refuse(
      `config ${digest} has ${file.sizeBytes} bytes, at most ${documentLimits.configBytes} are allowed`,
    );
  }
  const { data } = file;
  const bytes = Buffer.isBuffer(data) ? data : Buffer.concat(await Array.fromAsync(commit.content.read(digest)));
  return readConfig(parseJsonDocument(bytes, { type: "image", id: digest }));
}

async function importLayer(
  commit: ArchiveCommit,
  file: ArchiveFile,
  { path, diffId }: { readonly path: string; readonly diffId: string | undefined },
) {
  const compression = compressionOf(file.start);
  const digest = await commit.commit(file, digestInName(path));
  // A compressed layer's diff id can be verified only when it is unpacked.
  if (compression === "none" && digest !== diffId) {
    throw commit.refuse(`layer ${JSON.stringify(path)} has digest ${digest}, its image says ${diffId}`);
  }
  const mediaType = compression === "none" ? ociLayer : `${ociLayer}+${compression}`;
  return { mediaType, digest, size: Number(file.sizeBytes) };
}

/** The digest that a file is named by, where it is: `HEX.json` and, since Docker 25, `blobs/sha256/HEX`. */
function digestInName(path: string): string | undefined {
  const hex = /^(?:blobs\/sha256\/([0-9a-f]{64})|([0-9a-f]{64})\.json)$/.exec(path);
  const digits = hex?.[1] ?? hex?.[2];
  return digits === undefined ? undefined : `sha256:${digits}`;
}
