import { checkLabels, isOperationError, OperationError } from "@gantry/api";
import type { Descriptor, ImageProgress, Platform, ResolvedImage } from "@gantry/api/content";
import type { ImageRecord } from "../../store/image-table.ts";
import type { Contents } from "../content/contents.ts";
import type { CoreParts } from "../parts.ts";
import { SharedLock } from "../shared-lock.ts";
import type { SnapshotRef, Snapshots } from "../snapshots/snapshots.ts";
import { type ImageImport, importImage } from "./import-image.ts";
import { type ImageParts, isReleased, type Released, releaseImage, releaseLayers } from "./release-image.ts";

/** Names one image. */
export interface ImageRef {
  readonly namespace: string;
  readonly name: string;
}

/** How to unpack. */
export interface ImageUnpack {
  /** Empty for the default. */
  readonly snapshotter: string;
  /** Absent: the host's. */
  readonly platform?: Platform;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ImageProgress) => void;
}

/** The images of all namespaces. */
export class Images {
  readonly #parts: ImageParts;
  /** What brings content in goes side by side; what takes it away waits for that, since it asks what is needed. */
  readonly #lock = new SharedLock();

  constructor(core: CoreParts, contents: Contents, snapshots: Snapshots) {
    this.#parts = { core, contents, snapshots };
  }

  create(ref: ImageRef, target: Descriptor, labels: ReadonlyMap<string, string>): Promise<ImageRecord> {
    checkLabels(subjectOf(ref), labels);
    return this.#lock.shared(ref.namespace, async () => {
      const { store, tables, namespaces, events, now } = this.#parts.core;
      await this.#requireContent(ref, target);
      store.transaction(() => {
        if (tables.images.find(ref.namespace, ref.name) !== undefined) {
          throw new OperationError("already-exists", subjectOf(ref), "there is an image of this name");
        }
        namespaces.ensure(ref.namespace);
        tables.images.insert({ ...ref, target, labels, createdAt: now(), updatedAt: now() });
        events.append({ namespace: ref.namespace, topic: "image.created", subject: ref.name });
      });
      return this.get(ref);
    });
  }

  get(ref: ImageRef): ImageRecord {
    const image = this.#parts.core.tables.images.find(ref.namespace, ref.name);
    if (image !== undefined) return image;
    throw new OperationError("not-found", subjectOf(ref), `there is no such image in namespace ${ref.namespace}`);
  }

  /** Ordered by name. */
  list(namespace: string): readonly ImageRecord[] {
    return this.#parts.core.tables.images.list(namespace);
  }

  /**
   * Removes a name, and what nothing else needs. The name goes first: a crash in between leaves content that nothing
   * points at, never a name whose content is gone.
   */
  delete(ref: ImageRef): Promise<Released> {
    return this.#lock.exclusive(ref.namespace, async () => {
      const { target } = this.get(ref);
      const { store, tables, events } = this.#parts.core;
      store.transaction(() => {
        tables.images.delete(ref.namespace, ref.name);
        events.append({ namespace: ref.namespace, topic: "image.deleted", subject: ref.name });
      });
      return releaseImage(this.#parts, { namespace: ref.namespace, target });
    });
  }

  /** Takes away a layer that outlived its image, and those below it, now that something that stood on it is gone. */
  async releaseLayers(layer: SnapshotRef): Promise<void> {
    if (await isReleased(this.#parts, layer)) {
      await this.#lock.exclusive(layer.namespace, () => releaseLayers(this.#parts, layer));
    }
  }

  async resolve(ref: ImageRef, platform?: Platform): Promise<ResolvedImage> {
    const { target } = this.get(ref);
    const { contents } = this.#parts;
    return contents.subsystem().images.resolve(contents.in(ref.namespace), target, platform);
  }

  /** Brings in what an archive holds. Names that move let go of what they pointed at. */
  import(request: ImageImport): Promise<readonly ImageRecord[]> {
    return this.#lock.shared(request.namespace, () => importImage(this.#parts, request));
  }

  /** Makes the Committed snapshots of all layers. */
  unpack(ref: ImageRef, { snapshotter, platform, signal, onProgress }: ImageUnpack): Promise<ResolvedImage> {
    return this.#lock.shared(ref.namespace, async () => {
      const { target } = this.get(ref);
      const { contents, snapshots, core } = this.#parts;
      const found = snapshots.snapshotter(ref.namespace, snapshotter);
      const content = contents.in(ref.namespace);
      const options = { signal, onProgress, ...(platform && { platform }) };
      const image = await contents.subsystem().images.unpack(content, found.snapshotter, target, options);
      const attributes = new Map([["snapshotter", found.id]]);
      core.store.transaction(() => {
        core.events.append({ namespace: ref.namespace, topic: "image.unpacked", subject: ref.name, attributes });
      });
      return image;
    });
  }

  async #requireContent(ref: ImageRef, target: Descriptor): Promise<void> {
    try {
      await this.#parts.contents.in(ref.namespace).stat(target.digest);
    } catch (cause) {
      if (!isOperationError(cause, "not-found")) throw cause;
      throw new OperationError("not-found", subjectOf(ref), `its content ${target.digest} is missing`, { cause });
    }
  }
}

function subjectOf({ name }: ImageRef) {
  return { type: "image", id: name } as const;
}
