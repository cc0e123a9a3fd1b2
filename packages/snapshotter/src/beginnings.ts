import type { Mount, SnapshotOptions } from "@gantry/api";
import type { BrokenSnapshots } from "./broken-snapshots.ts";
import type { FaultHook, Layer, SnapshotDriver } from "./driver.ts";
import { named, withCleanup } from "./driver-error.ts";
import type { Leftovers } from "./leftovers.ts";
import type { SnapshotRecord } from "./records/record.ts";
import type { SnapshotStore } from "./records/store.ts";
import type { Rules } from "./rules.ts";

/** A snapshot to begin. */
export interface Beginning {
  readonly key: string;
  readonly parent: string | null;
  readonly readonly: boolean;
  readonly labels: ReadonlyMap<string, string>;
  readonly signal: SnapshotOptions["signal"];
}

/** What beginnings are made with. */
export interface BeginningParts {
  readonly driver: SnapshotDriver;
  readonly store: SnapshotStore;
  readonly rules: Rules;
  readonly leftovers: Leftovers;
  readonly broken: BrokenSnapshots;
  readonly fault: FaultHook;
  /** The highest id that was ever given. */
  readonly lastId: number;
}

/** Begins snapshots: bytes first, then their record; what fails half way leaves neither. */
export class Beginnings {
  readonly #parts: BeginningParts;
  readonly #making = new Set<number>();
  #lastId: number;

  constructor(parts: BeginningParts) {
    this.#parts = parts;
    this.#lastId = parts.lastId;
  }

  /** Ids whose bytes are being made, or undone, and have no record yet. */
  get underWay(): ReadonlySet<number> {
    return this.#making;
  }

  /** To be called when nobody else is at work on the key, and nobody can remove the parent. */
  async begin(beginning: Beginning): Promise<readonly Mount[]> {
    const { store, rules, broken } = this.#parts;
    const { key, parent, readonly, labels } = beginning;
    const parentRecord = parent === null ? null : rules.parent(parent);
    rules.free(key);
    const layer = { ...this.#newLayer(parentRecord, readonly), key, labels };
    broken.demandWhole(key, layer.ancestors);
    const parentId = parentRecord?.id ?? null;
    const record = () => store.addActive({ id: layer.id, name: key, readonly, parentId, labels, at: new Date() });
    return this.#makeAndRecord(layer, record, beginning);
  }

  async #makeAndRecord(
    layer: Layer,
    record: () => Promise<void>,
    { key, signal }: Beginning,
  ): Promise<readonly Mount[]> {
    const { driver, fault } = this.#parts;
    this.#making.add(layer.id);
    try {
      fault("begin.begun");
      await driver.make(layer, { signal, fault });
      // Before the record: when this fails, the key must not exist.
      const mounts = await driver.mounts(layer);
      signal?.throwIfAborted();
      fault("begin.made");
      await record();
      fault("begin.recorded");
      return mounts;
    } catch (error) {
      throw withCleanup(named(key, error), await this.#undo(layer.id));
    } finally {
      this.#making.delete(layer.id);
    }
  }

  async #undo(id: number): Promise<readonly unknown[]> {
    const { driver, store, leftovers, fault } = this.#parts;
    // A record whose sync has failed is there all the same, and must not be left without its bytes.
    if (store.get(id) !== undefined) {
      return [];
    }
    try {
      await driver.remove(id, { fault });
      return [];
    } catch (error) {
      leftovers.add(id);
      return [error];
    }
  }

  #newLayer(parent: SnapshotRecord | null, readonly: boolean): Layer {
    const ancestors = parent === null ? [] : [parent.id, ...this.#parts.store.ancestors(parent.id)];
    this.#lastId += 1;
    return { id: this.#lastId, ancestors, readonly };
  }
}
