import type {
  CallOptions,
  Mount,
  SnapshotFilter,
  SnapshotInfo,
  SnapshotOptions,
  Snapshotter,
  SnapshotterCapabilities,
  SnapshotUpdate,
  SnapshotUpdateOptions,
  SnapshotUsage,
} from "@gantry/api";
import type { FoundSnapshotter } from "../snapshots/snapshots.ts";
import { type GcObject, snapshotObject } from "./gc-object.ts";
import type { Hold } from "./holds.ts";
import type { MadeUnder, Makings } from "./makings.ts";
import { isFound } from "./object-exists.ts";

/** For whom snapshots are held. */
export interface HeldSnapshotterOptions {
  readonly namespace: string;
  readonly under: MadeUnder;
  readonly hold: Hold;
}

/**
 * The snapshotter as an unpacking sees it: every snapshot that it makes or finds there is held until the unpacking has come
 * to its end, and what it makes may be collected when nothing comes to refer to it.
 */
export class HeldSnapshotter implements Snapshotter {
  readonly #found: FoundSnapshotter;
  readonly #makings: Makings;
  readonly #options: HeldSnapshotterOptions;

  constructor(found: FoundSnapshotter, makings: Makings, options: HeldSnapshotterOptions) {
    this.#found = found;
    this.#makings = makings;
    this.#options = options;
  }

  get capabilities(): SnapshotterCapabilities {
    return this.#inner.capabilities;
  }

  prepare(key: string, parent: string | null, options?: SnapshotOptions): Promise<readonly Mount[]> {
    return this.#make(key, () => this.#inner.prepare(key, parent, options));
  }

  view(key: string, parent: string | null, options?: SnapshotOptions): Promise<readonly Mount[]> {
    return this.#make(key, () => this.#inner.view(key, parent, options));
  }

  mounts(key: string, options?: CallOptions): Promise<readonly Mount[]> {
    return this.#inner.mounts(key, options);
  }

  commit(name: string, key: string, options?: SnapshotOptions): Promise<void> {
    return this.#make(name, () => this.#inner.commit(name, key, options), this.#object(key));
  }

  remove(name: string, options?: CallOptions): Promise<void> {
    const { namespace } = this.#options;
    return this.#makings.remove(namespace, this.#object(name), () => this.#inner.remove(name, options));
  }

  async stat(name: string, options?: CallOptions): Promise<SnapshotInfo> {
    await this.#options.hold.add([this.#object(name)]);
    return this.#inner.stat(name, options);
  }

  update(name: string, change: SnapshotUpdate, options?: SnapshotUpdateOptions): Promise<SnapshotInfo> {
    return this.#inner.update(name, change, options);
  }

  usage(name: string, options?: CallOptions): Promise<SnapshotUsage> {
    return this.#inner.usage(name, options);
  }

  walk(filter?: SnapshotFilter): AsyncIterable<SnapshotInfo> {
    return this.#inner.walk(filter);
  }

  /** The inner one is closed by who opened it. */
  async close(): Promise<void> {}

  get #inner(): Snapshotter {
    return this.#found.snapshotter;
  }

  #object(name: string): GcObject {
    return snapshotObject(this.#found.id, name);
  }

  async #make<T>(name: string, work: () => Promise<T>, consumes?: GcObject): Promise<T> {
    const { namespace, under, hold } = this.#options;
    const object = this.#object(name);
    await hold.add([object]);
    const exists = () => isFound(this.#inner.stat(name));
    return this.#makings.make({ namespace, object, under, exists, ...(consumes && { consumes }) }, work);
  }
}
