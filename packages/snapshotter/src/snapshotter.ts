import {
  type CallOptions,
  checkLabels,
  type Mount,
  OperationError,
  type SnapshotFilter,
  type SnapshotInfo,
  type SnapshotOptions,
  type Snapshotter,
  type SnapshotterCapabilities,
  type SnapshotUpdate,
  type SnapshotUpdateOptions,
  type SnapshotUsage,
} from "@gantry/api";
import { type Beginning, Beginnings } from "./beginnings.ts";
import { BrokenSnapshots } from "./broken-snapshots.ts";
import type { DriverCall, FaultHook, Layer, SnapshotDriver } from "./driver.ts";
import { named } from "./driver-error.ts";
import { changedLabels } from "./label-change.ts";
import { Leftovers } from "./leftovers.ts";
import { checkName, snapshotSubject } from "./names.ts";
import { findDifferences } from "./reconcile.ts";
import { infoOf, type SnapshotRecord } from "./records/record.ts";
import type { SnapshotStore } from "./records/store.ts";
import { walkRecords } from "./records/walk-records.ts";
import { Rules } from "./rules.ts";
import { Turns } from "./turns.ts";

/** What a snapshotter may be told when it is made. */
export interface SnapshotterOptions {
  /** Hears of bytes that could not be removed; they are tried again at the next open. Default: nobody does. */
  readonly onLeftover?: (id: number, error: unknown) => void;
  /** For tests of crashes, see {@link FaultHook}. Default: does nothing. */
  readonly fault?: FaultHook;
}

/** A snapshotter that keeps its bytes itself, and so can have leftovers of a crash. */
export interface LocalSnapshotter extends Snapshotter {
  /**
   * Compares bytes and records again, and resolves when all bytes without a record are freed: those that a crash left,
   * those that `remove` has not come to yet, and those that something else has put there; except for what `onLeftover`
   * has heard of. Records whose bytes something else has taken away stay, and answer `data-loss` from then on until they
   * are removed.
   *
   * @returns the names of those records, in no order
   */
  cleanup(): Promise<readonly string[]>;
}

/**
 * Makes a snapshotter of a driver that moves bytes and a store that keeps records, and takes ownership of both: it
 * closes them.
 *
 * Every rule about names, kinds, parents, labels and times is applied here, whatever the driver. Bytes come before their
 * record and go after it, so after a crash there may be bytes without a record, which this call begins to remove, and
 * never a record of bytes that were not yet there. A record whose bytes were taken away by something else stays; its
 * mounts and snapshots on top of it reject with `data-loss`, and it can be removed.
 */
export async function createSnapshotter(
  driver: SnapshotDriver,
  store: SnapshotStore,
  options: SnapshotterOptions = {},
): Promise<LocalSnapshotter> {
  const fault = options.fault ?? (() => {});
  const leftovers = new Leftovers(driver, { onFailure: options.onLeftover, fault });
  const found = await findDifferences(driver, store, new Set());
  for (const id of found.leftovers) {
    leftovers.add(id);
  }
  const broken = new BrokenSnapshots(store, found.broken);
  const rules = new Rules(store);
  const beginnings = new Beginnings({ driver, store, rules, leftovers, broken, fault, lastId: found.highestId });
  return new DrivenSnapshotter({ driver, store, rules, leftovers, broken, beginnings, fault });
}

interface Parts {
  readonly driver: SnapshotDriver;
  readonly store: SnapshotStore;
  readonly rules: Rules;
  readonly leftovers: Leftovers;
  readonly broken: BrokenSnapshots;
  readonly beginnings: Beginnings;
  readonly fault: FaultHook;
}

class DrivenSnapshotter implements LocalSnapshotter {
  readonly capabilities: SnapshotterCapabilities;
  readonly #driver: SnapshotDriver;
  readonly #store: SnapshotStore;
  readonly #rules: Rules;
  readonly #leftovers: Leftovers;
  readonly #broken: BrokenSnapshots;
  readonly #beginnings: Beginnings;
  readonly #fault: FaultHook;
  readonly #turns = new Turns();
  #closing: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.capabilities = parts.driver.capabilities;
    this.#driver = parts.driver;
    this.#store = parts.store;
    this.#rules = parts.rules;
    this.#leftovers = parts.leftovers;
    this.#broken = parts.broken;
    this.#beginnings = parts.beginnings;
    this.#fault = parts.fault;
  }

  async prepare(key: string, parent: string | null, options: SnapshotOptions = {}): Promise<readonly Mount[]> {
    return this.#begin({ key, parent, readonly: false }, options);
  }

  async view(key: string, parent: string | null, options: SnapshotOptions = {}): Promise<readonly Mount[]> {
    return this.#begin({ key, parent, readonly: true }, options);
  }

  async mounts(key: string, options: CallOptions = {}): Promise<readonly Mount[]> {
    return this.#inTurn({ alone: [], shared: [key] }, options, async () => {
      const record = this.#rules.mountable(key);
      const layer = this.#layerOf(record);
      this.#broken.demandWhole(key, [layer.id, ...layer.ancestors]);
      return this.#driver.mounts(layer).catch((error: unknown) => {
        throw named(key, error);
      });
    });
  }

  async commit(name: string, key: string, options: SnapshotOptions = {}): Promise<void> {
    checkName(name);
    const labels = checkLabels(snapshotSubject(name), new Map(options.labels));
    await this.#inTurn({ alone: [name, key] }, options, async () => {
      const record = this.#rules.committable(key);
      this.#rules.free(name);
      const layer = this.#layerOf(record);
      this.#broken.demandWhole(key, [layer.id]);
      this.#fault("commit.begun");
      const usage = await this.#driver.seal(layer, this.#callOf(options)).catch((error: unknown) => {
        throw named(key, error);
      });
      options.signal?.throwIfAborted();
      this.#fault("commit.sealed");
      await this.#store.replaceByCommitted(record.id, { name, labels, usage, at: new Date() });
      this.#fault("commit.recorded");
    });
  }

  async remove(name: string, options: CallOptions = {}): Promise<void> {
    await this.#inTurn({ alone: [name] }, options, async () => {
      const record = this.#rules.removable(name);
      this.#fault("remove.begun");
      await this.#store.delete(record.id);
      this.#fault("remove.recorded");
      this.#broken.delete(record.id);
      this.#leftovers.add(record.id);
    });
  }

  async stat(name: string, options: CallOptions = {}): Promise<SnapshotInfo> {
    this.#demandOpen();
    options.signal?.throwIfAborted();
    return infoOf(this.#rules.existing(name));
  }

  async update(name: string, change: SnapshotUpdate, options: SnapshotUpdateOptions = {}): Promise<SnapshotInfo> {
    return this.#inTurn({ alone: [name] }, options, async () => {
      const record = this.#rules.existing(name);
      const labels = changedLabels(name, record.labels, { labels: change.labels, fieldPaths: options.fieldPaths });
      this.#fault("update.begun");
      await this.#store.setLabels(record.id, labels, new Date());
      this.#fault("update.recorded");
      return infoOf(this.#rules.existing(name));
    });
  }

  async usage(name: string, options: CallOptions = {}): Promise<SnapshotUsage> {
    return this.#inTurn({ alone: [], shared: [name] }, options, async () => {
      const record = this.#rules.existing(name);
      if (record.usage !== null) {
        return record.usage;
      }
      this.#broken.demandWhole(name, [record.id]);
      return this.#driver.usage(this.#layerOf(record), this.#callOf(options)).catch((error: unknown) => {
        throw named(name, error);
      });
    });
  }

  async *walk(filter: SnapshotFilter = {}): AsyncGenerator<SnapshotInfo, void, undefined> {
    this.#demandOpen();
    // Ids and names of all that match now; the rest is read step by step, so that a long walk holds little.
    for (const record of walkRecords(this.#store, this.#store.list(filter))) {
      filter.signal?.throwIfAborted();
      this.#demandOpen();
      yield infoOf(record);
    }
  }

  async cleanup(): Promise<readonly string[]> {
    this.#demandOpen();
    const found = await findDifferences(this.#driver, this.#store, this.#beginnings.underWay);
    for (const id of found.leftovers) {
      this.#leftovers.add(id);
    }
    for (const id of found.broken) {
      this.#broken.add(id);
    }
    await this.#leftovers.gone();
    return this.#broken.names();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#turns.idle();
    await this.#leftovers.stop();
    await this.#driver.close();
    await this.#store.close();
  }

  async #begin(wanted: Pick<Beginning, "key" | "parent" | "readonly">, options: SnapshotOptions) {
    const { key, parent } = wanted;
    checkName(key);
    const labels = checkLabels(snapshotSubject(key), new Map(options.labels));
    // The parent is shared, so that it cannot be removed while bytes are made on top of it.
    const claims = { alone: [key], shared: parent === null ? [] : [parent] };
    return this.#inTurn(claims, options, () => this.#beginnings.begin({ ...wanted, labels, signal: options.signal }));
  }

  /** Runs `work` in turn, unless this snapshotter is closed by now. */
  async #inTurn<T>(
    claims: { readonly alone: readonly string[]; readonly shared?: readonly string[] },
    options: CallOptions,
    work: () => Promise<T>,
  ): Promise<T> {
    this.#demandOpen();
    return this.#turns.run(claims, options.signal, work);
  }

  #demandOpen(): void {
    if (this.#closing !== undefined) {
      throw new OperationError("failed-precondition", { type: "snapshotter", id: "" }, "is closed");
    }
  }

  #layerOf(record: SnapshotRecord): Layer {
    const { id, name: key, readonly, labels } = record;
    return { id, ancestors: this.#store.ancestors(id), readonly, key, labels };
  }

  #callOf(options: CallOptions): DriverCall {
    return { signal: options.signal, fault: this.#fault };
  }
}
