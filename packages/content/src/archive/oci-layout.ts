import { isOperationError } from "@gantry/api";
import type { Descriptor, ImportedImage } from "@gantry/api/content";
import { documentLimits, readDescriptor, readIndex, readManifest } from "../image/documents.ts";
import { parseJsonDocument } from "../image/json-document.ts";
import { documentKind, isForeignLayer } from "../image/media-types.ts";
import { readDocument } from "../image/read-document.ts";
import type { ArchiveCommit } from "./archive-commit.ts";

/** Where the name of an image is, the more exact one first: containerd and Docker write the first with registry and tag. */
const nameAnnotations = ["io.containerd.image.name", "org.opencontainers.image.ref.name"] as const;

/**
 * Imports what the `index.json` of an OCI image layout (image-layout.md) lists.
 *
 * An index may list manifests that the archive lacks, as tools write that save one platform of several; a manifest that
 * is there must be complete, but for layers that must not be passed on.
 */
export async function importOciLayout(commit: ArchiveCommit, index: Buffer): Promise<readonly ImportedImage[]> {
  checkVersion(commit);
  const list = parseJsonDocument(index, commit.subject).optional("manifests")?.list(documentLimits.manifests) ?? [];
  const images: ImportedImage[] = [];
  for (const entry of list) {
    const { annotations, ...target } = readDescriptor(entry);
    const manifests = await importDocument(commit, target, { isListed: false, depth: 0 });
    if (manifests === 0) throw commit.refuse(`${target.digest} refers to no manifest that is in the archive`);
    const key = nameAnnotations.find((annotation) => annotations?.get(annotation));
    images.push({ name: (key === undefined ? undefined : annotations?.get(key)) ?? null, target });
  }
  return images;
}

function checkVersion(commit: ArchiveCommit): void {
  const layout = commit.document("oci-layout");
  if (layout === undefined) throw commit.refuse("has an index.json but no oci-layout");
  const version = parseJsonDocument(layout, commit.subject).property("imageLayoutVersion");
  if (version.text() !== "1.0.0") throw version.refuse(`is ${JSON.stringify(version.text())}, 1.0.0 is known`);
}

/** Imports an index or a manifest with all below it, and returns how many manifests these were. */
async function importDocument(
  commit: ArchiveCommit,
  descriptor: Descriptor,
  { isListed, depth }: { readonly isListed: boolean; readonly depth: number },
): Promise<number> {
  const kind = documentKind(descriptor.mediaType);
  if (kind === undefined) {
    // Whatever else an index lists is passed on as it is.
    if (isListed) await importBlob(commit, descriptor);
    if (isListed) return 0;
    throw commit.refuse(`${descriptor.digest} is no image: its media type is ${descriptor.mediaType}`);
  }
  if (!(await importBlob(commit, descriptor))) {
    if (isListed) return 0;
    throw commit.refuse(`lacks ${descriptor.digest}`);
  }
  const { json } = await readDocument(commit.content, descriptor, "manifest");
  if (kind === "index") {
    if (depth > 3) throw commit.refuse("indexes nest more than 3 levels deep");
    let manifests = 0;
    for (const entry of readIndex(json, descriptor.mediaType)) {
      manifests += await importDocument(commit, entry, { isListed: true, depth: depth + 1 });
    }
    return manifests;
  }
  const { config, layers } = readManifest(json, descriptor.mediaType);
  for (const part of [config, ...layers]) {
    const isThere = await importBlob(commit, part);
    if (!isThere && !isForeignLayer(part.mediaType))
      throw commit.refuse(`lacks ${part.digest}, which ${descriptor.digest} refers to`);
  }
  return 1;
}

/** Makes a blob of what a descriptor points to, and returns whether it is in the archive, or was there before. */
async function importBlob(commit: ArchiveCommit, descriptor: Descriptor): Promise<boolean> {
  const { digest, sizeBytes } = descriptor;
  const file = commit.blobFile(digest);
  if (file !== undefined && file.sizeBytes !== sizeBytes) {
    throw commit.refuse(`${digest} has ${file.sizeBytes} bytes, its descriptor says ${sizeBytes}`);
  }
  if (file !== undefined) await commit.commit(file, digest);
  try {
    await commit.content.stat(digest);
    return true;
  } catch (error) {
    if (isOperationError(error, "not-found")) return false;
    throw error;
  }
}
