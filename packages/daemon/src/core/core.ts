import { join } from "node:path";
import type { Logger } from "pino";
import { Tokens } from "../access/tokens.ts";
import { CollectableTable } from "../store/collectable-table.ts";
import { ContainerTable } from "../store/container-table.ts";
import { EventTable } from "../store/event-table.ts";
import { ExitTable } from "../store/exit-table.ts";
import { ImageTable } from "../store/image-table.ts";
import { LeaseTable } from "../store/lease-table.ts";
import { NamespaceTable } from "../store/namespace-table.ts";
import { Store } from "../store/store.ts";
import { SupervisionTable } from "../store/supervision-table.ts";
import { TokenTable } from "../store/token-table.ts";
import { Containers } from "./containers/containers.ts";
import { Contents } from "./content/contents.ts";
import { EventLog } from "./events/event-log.ts";
import { GarbageCollector } from "./gc/garbage-collector.ts";
import { Holds } from "./gc/holds.ts";
import { Makings } from "./gc/makings.ts";
import { objectExists } from "./gc/object-exists.ts";
import { runCollections } from "./gc/run-collections.ts";
import type { GcSchedule, GcScheduler } from "./gc/scheduler.ts";
import { Images } from "./images/images.ts";
import { Leases } from "./leases/leases.ts";
import { namespaceInventory } from "./namespace-inventory.ts";
import { Namespaces } from "./namespaces.ts";
import type { CoreParts, CorePlugins } from "./parts.ts";
import { SnapshotDiffs } from "./snapshots/snapshot-diffs.ts";
import { Snapshots } from "./snapshots/snapshots.ts";
import { type Clock, systemClock } from "./supervision/clock.ts";

/** What {@link Core.open} needs. */
export interface CoreOptions {
  /** Directory of the store; locked by the caller. */
  readonly root: string;
  /** Directory that a reboot empties. */
  readonly state: string;
  readonly plugins: () => Promise<CorePlugins>;
  readonly log: Logger;
  /** Hears that the store is of no use until it is opened anew. */
  readonly fail: (reason: unknown) => void;
  /** Default: the present. */
  readonly now?: () => Date;
  /** What supervision waits by. Default: the clock of this process. */
  readonly clock?: Clock;
  /** When garbage is collected of its own accord. */
  readonly gcSchedule?: GcSchedule | undefined;
}

/** All that the daemon knows and does, whoever asks for it and over which protocol. */
export class Core {
  readonly namespaces: Namespaces;
  readonly events: EventLog;
  readonly snapshots: Snapshots;
  readonly snapshotDiffs: SnapshotDiffs;
  readonly contents: Contents;
  readonly images: Images;
  readonly containers: Containers;
  readonly tokens: Tokens;
  readonly leases: Leases;
  readonly collector: GarbageCollector;
  readonly #parts: CoreParts;
  #scheduler: GcScheduler | undefined;

  private constructor(parts: CoreParts, state: string) {
    this.#parts = parts;
    this.namespaces = parts.namespaces;
    this.events = parts.events;
    const { store, now, clock } = parts;
    this.tokens = new Tokens({ table: new TokenTable(store), store, now, clock });
    this.snapshots = new Snapshots(parts);
    this.snapshotDiffs = new SnapshotDiffs(parts, this.snapshots, join(state, "diffs"));
    this.contents = new Contents(parts);
    this.leases = new Leases(parts);
    this.collector = new GarbageCollector(parts, this.snapshots, this.leases);
    const { contents, snapshots, collector } = this;
    this.images = new Images({ core: parts, contents, snapshots, collector });
    this.containers = new Containers(parts, this.snapshots, this.images);
  }

  /** Opens store and plug-ins, and brings containers back. */
  static async open(options: CoreOptions): Promise<Core> {
    const { root, state, plugins, log, fail, now = () => new Date(), clock = systemClock } = options;
    const store = Store.open(join(root, "gantry.db"), fail);
    try {
      const events = new EventLog(store, new EventTable(store), now);
      const tables = {
        namespaces: new NamespaceTable(store),
        containers: new ContainerTable(store),
        exits: new ExitTable(store),
        supervision: new SupervisionTable(store),
        images: new ImageTable(store),
        leases: new LeaseTable(store),
        collectables: new CollectableTable(store),
      };
      const namespaces = new Namespaces({ store, table: tables.namespaces, events, now });
      const makings = new Makings({ ...tables, store, holds: new Holds() });
      const parts = { store, tables, events, namespaces, makings, log, now, clock, ...(await plugins()) };
      await makings.settle((namespace, object) => objectExists(parts, namespace, object));
      const core = new Core(parts, state);
      store.write(() => tables.exits.trimAll(now()));
      await core.snapshotDiffs.clear();
      await core.containers.load();
      core.#scheduler = runCollections(parts, {
        collector: core.collector,
        leases: core.leases,
        schedule: options.gcSchedule,
      });
      return core;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  get plugins(): CorePlugins {
    return this.#parts;
  }

  /** How many objects of each kind have work in their queues, that at work included. */
  queueSizes(): Readonly<Record<string, number>> {
    const { containers, snapshots, contents, collector } = this;
    return { containers: containers.busy, snapshots: snapshots.busy, content: contents.busy, gc: collector.busy };
  }

  /** Removes a namespace that has nothing. */
  async deleteNamespace(name: string): Promise<void> {
    await this.namespaces.delete(name, (namespace) => namespaceInventory(this.#parts, namespace));
    this.#parts.store.write(() => this.#parts.tables.exits.deleteNamespace(name));
  }

  /** Lets go of everything; containers go on. To be called when no call is at work any more. */
  async close(): Promise<void> {
    await this.#scheduler?.close();
    await this.containers.close();
    await this.contents.close();
    const { runtimes, snapshotters, contents, store, log } = this.#parts;
    const failures = await Promise.all([runtimes.close(), snapshotters.close(), contents.close()]);
    for (const error of failures.flat()) log.warn({ err: error }, "a plug-in cannot be closed");
    await store.close();
  }
}
