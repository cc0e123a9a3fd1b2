import { OperationError } from "@gantry/api";
import type { ImageProgress, ImportedImage } from "@gantry/api/content";
import type { ImageRecord } from "../../store/image-table.ts";
import { HeldContent } from "../gc/held-content.ts";
import { labelReferred } from "./reference-labels.ts";
import { discardImported, type ImageParts, releaseImage } from "./release-image.ts";

/** What to bring in. */
export interface ImageImport {
  readonly namespace: string;
  /** Ref of the ingest that holds the archive. */
  readonly ref: string;
  /** Name for the image, if the archive holds exactly one; empty: as the archive says. */
  readonly name: string;
  /** Whether names that exist stay where they point, and the import is refused. */
  readonly keepExisting: boolean;
  /** Id of a lease for what is brought in; absent for none. */
  readonly lease?: string | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ImageProgress) => void;
}

interface NamedImage extends ImportedImage {
  readonly name: string;
}

/** Reads an archive out of an ingest, points names at what was in it, and ends the ingest. */
export async function importImage(parts: ImageParts, request: ImageImport): Promise<readonly ImageRecord[]> {
  const { contents } = parts;
  const { namespace, ref } = request;
  return contents.withoutWriter(namespace, ref, async () => {
    const { named, replaced } = await importHeld(parts, request);
    await parts.core.makings.remove(namespace, { type: "ingest", id: ref }, () => contents.in(namespace).abort(ref));
    for (const image of replaced) await releaseImage(parts, { namespace, target: image.target });
    return named.map(({ name }) => requireImage(parts, namespace, name));
  });
}

/** What an import came to. */
interface Imported {
  readonly named: readonly NamedImage[];
  /** The images as they were whose names point elsewhere now. */
  readonly replaced: readonly ImageRecord[];
}

/** Brings the content in and points names at it; what no name came to point at is taken back. */
async function importHeld(parts: ImageParts, request: ImageImport): Promise<Imported> {
  const { contents, core } = parts;
  const { namespace, ref, lease, signal, onProgress } = request;
  const { images } = contents.subsystem();
  let imported: readonly ImportedImage[] = [];
  try {
    // Held until names point there: nothing else keeps what an import brings in, or finds there.
    using hold = await core.makings.holds.hold(namespace, []);
    const content = new HeldContent(contents.in(namespace), core.makings, { namespace, under: { lease }, hold });
    imported = await images.importArchive(content, content.readIngest(ref, { signal }), { signal, onProgress });
    await labelReferred(images, content, imported);
    const named = nameImages(parts, request, imported);
    return { named, replaced: pointNames(parts, namespace, named) };
  } catch (error) {
    for (const { target } of imported) await discardImported(parts, { namespace, target });
    throw error;
  }
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
