import { checkLabels, isOperationError, OperationError } from "@gantry/api";
import type { Descriptor, ImageProgress, Platform, ResolvedImage } from "@gantry/api/content";
import type { ImageRecord } from "../../store/image-table.ts";
import { contentObject } from "../gc/gc-object.ts";
import { HeldSnapshotter } from "../gc/held-snapshotter.ts";
import { SharedLock } from "../shared-lock.ts";
import type { SnapshotRef } from "../snapshots/snapshots.ts";
import { type ImageImport, importImage } from "./import-image.ts";
import { adoptNeeds, collectReleased, type ImageParts, type Released, releaseLayers } from "./release-image.ts";

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
  /** Id of a lease for what is made; absent for none. */
  readonly lease?: string | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ImageProgress) => void;
}

/** The images of all namespaces. */
export class Images {
  readonly #parts: ImageParts;
  /** What brings content in goes side by side; what takes it away waits for that, since it asks what is needed. */
  readonly #lock = new SharedLock();

  constructor(parts: ImageParts) {
    this.#parts = parts;
  }

  create(ref: ImageRef, target: Descriptor, labels: ReadonlyMap<string, string>): Promise<ImageRecord> {
    checkLabels(subjectOf(ref), labels);
    return this.#lock.shared(ref.namespace, async () => {
      const { store, tables, namespaces, events, now, makings } = this.#parts.core;
      // Held, so that it cannot go between the look and the record.
      using _hold = await makings.holds.hold(ref.namespace, [contentObject(target.digest)]);
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
   * points at, which is collected later, never a name whose content is gone.
   */
  delete(ref: ImageRef): Promise<Released> {
    return this.#lock.exclusive(ref.namespace, async () => {
      const { target } = this.get(ref);
      const { store, tables, events } = this.#parts.core;
      const needs = await adoptNeeds(this.#parts, { namespace: ref.namespace, target });
      store.transaction(() => {
        tables.images.delete(ref.namespace, ref.name);
        events.append({ namespace: ref.namespace, topic: "image.deleted", subject: ref.name });
      });
      return collectReleased(this.#parts, ref.namespace, needs);
    });
  }

  /** Takes away a layer that outlived its image, and those below it, now that something that stood on it is gone. */
  releaseLayers(layer: SnapshotRef): Promise<void> {
    return releaseLayers(this.#parts, layer);
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
  unpack(ref: ImageRef, { snapshotter, platform, lease, signal, onProgress }: ImageUnpack): Promise<ResolvedImage> {
    return this.#lock.shared(ref.namespace, async () => {
      const { contents, snapshots, core } = this.#parts;
      const { namespace } = ref;
      // Held to the end: the image keeps its content, and its layers as soon as they are all there.
      using hold = await core.makings.holds.hold(namespace, [{ type: "image", id: ref.name }]);
      const { target } = this.get(ref);
      const found = snapshots.snapshotter(namespace, snapshotter);
      const held = new HeldSnapshotter(found, core.makings, { namespace, under: { lease }, hold });
      const content = contents.in(namespace);
      const options = { signal, onProgress, ...(platform && { platform }) };
      const image = await contents.subsystem().images.unpack(content, held, target, options);
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
