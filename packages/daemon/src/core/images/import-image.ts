import { OperationError } from "@gantry/api";
import type { ImageProgress, ImportedImage } from "@gantry/api/content";
import type { ImageRecord } from "../../store/image-table.ts";
import { type ImageParts, releaseImage } from "./release-image.ts";

/** What to bring in. */
export interface ImageImport {
  readonly namespace: string;
  /** Ref of the ingest that holds the archive. */
  readonly ref: string;
  /** Name for the image, if the archive holds exactly one; empty: as the archive says. */
  readonly name: string;
  /** Whether names that exist stay where they point, and the import is refused. */
  readonly keepExisting: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ImageProgress) => void;
}

interface NamedImage extends ImportedImage {
  readonly name: string;
}

/** Reads an archive out of an ingest, points names at what was in it, and ends the ingest. */
export async function importImage(parts: ImageParts, request: ImageImport): Promise<readonly ImageRecord[]> {
  const { contents } = parts;
  const { namespace, ref, signal, onProgress } = request;
  const startedAt = parts.core.now();
  return contents.withoutWriter(namespace, ref, async () => {
    const content = contents.in(namespace);
    const { images } = contents.subsystem();
    const imported = await images.importArchive(content, content.readIngest(ref, { signal }), { signal, onProgress });
    try {
      const named = nameImages(parts, request, imported);
      const replaced = pointNames(parts, namespace, named);
      await content.abort(ref);
      for (const image of replaced) await releaseImage(parts, { namespace, target: image.target });
      return named.map(({ name }) => requireImage(parts, namespace, name));
    } catch (error) {
      await discard(parts, namespace, { imported, startedAt });
      throw error;
    }
  });
}

function nameImages(
  parts: ImageParts,
  request: ImageImport,
  imported: readonly ImportedImage[],
): readonly NamedImage[] {
  const wrong = (detail: string) => new OperationError("invalid-argument", { type: "image", id: request.ref }, detail);
  if (request.name !== "" && imported.length !== 1) {
    throw wrong(`one name is given, but the archive holds ${imported.length} images`);
  }
  const named = imported.map((image) => {
    const name = request.name || image.name;
    if (name === null || name === "") throw wrong("the archive names its image not, and no name is given");
    return { ...image, name };
  });
  const taken =
    request.keepExisting && named.find(({ name }) => parts.core.tables.images.find(request.namespace, name));
  if (taken) {
    throw new OperationError("already-exists", { type: "image", id: taken.name }, "there is an image of this name");
  }
  return named;
}

/** Returns the images as they were whose names point elsewhere now. */
function pointNames({ core }: ImageParts, namespace: string, named: readonly NamedImage[]): readonly ImageRecord[] {
  const { store, tables, namespaces, events, now } = core;
  return store.transaction(() => {
    namespaces.ensure(namespace);
    return named.flatMap(({ name, target }) => {
      const present = tables.images.find(namespace, name);
      const times = { createdAt: now(), updatedAt: now() };
      if (present === undefined) tables.images.insert({ namespace, name, target, labels: new Map(), ...times });
      else tables.images.setTarget({ ...present, target, ...times });
      events.append({ namespace, topic: present ? "image.updated" : "image.created", subject: name });
      return present === undefined || present.target.digest === target.digest ? [] : [present];
    });
  });
}

function requireImage({ core }: ImageParts, namespace: string, name: string): ImageRecord {
  const image = core.tables.images.find(namespace, name);
  if (image !== undefined) return image;
  throw new OperationError("aborted", { type: "image", id: name }, "was removed while it was imported");
}

/** Takes back what an import brought in that nothing points at; what was there before it stays. */
async function discard(
  parts: ImageParts,
  namespace: string,
  { imported, startedAt }: { readonly imported: readonly ImportedImage[]; readonly startedAt: Date },
): Promise<void> {
  const content = parts.contents.in(namespace);
  const isNew = async (digest: string) => {
    const info = await content.stat(digest).catch(() => undefined);
    return info !== undefined && info.createdAt >= startedAt;
  };
  for (const { target } of imported) await releaseImage(parts, { namespace, target, mayGo: isNew });
}
