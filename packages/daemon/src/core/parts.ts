import type { Runtime, Snapshotter } from "@gantry/api";
import type { ContentSubsystem } from "@gantry/api/plugin";
import type { Logger } from "pino";
import type { PluginSet } from "../plugins.ts";
import type { CollectableTable } from "../store/collectable-table.ts";
import type { ContainerTable } from "../store/container-table.ts";
import type { ExitTable } from "../store/exit-table.ts";
import type { ImageTable } from "../store/image-table.ts";
import type { LeaseTable } from "../store/lease-table.ts";
import type { NamespaceTable } from "../store/namespace-table.ts";
import type { Store } from "../store/store.ts";
import type { SupervisionTable } from "../store/supervision-table.ts";
import type { EventLog } from "./events/event-log.ts";
import type { Makings } from "./gc/makings.ts";
import type { Namespaces } from "./namespaces.ts";
import type { Clock } from "./supervision/clock.ts";

/** The records of the daemon, by what they are about. */
export interface Tables {
  readonly namespaces: NamespaceTable;
  readonly containers: ContainerTable;
  readonly exits: ExitTable;
  readonly supervision: SupervisionTable;
  readonly images: ImageTable;
  readonly leases: LeaseTable;
  readonly collectables: CollectableTable;
}

/** The plug-ins that the core works with. */
export interface CorePlugins {
  readonly runtimes: PluginSet<Runtime>;
  readonly snapshotters: PluginSet<Snapshotter>;
  /** At most one. */
  readonly contents: PluginSet<ContentSubsystem>;
}

/** What the parts of the core share. */
export interface CoreParts extends CorePlugins {
  readonly store: Store;
  readonly tables: Tables;
  readonly events: EventLog;
  readonly namespaces: Namespaces;
  /** Knows what may be collected, and keeps it while it is being made. */
  readonly makings: Makings;
  readonly log: Logger;
  readonly now: () => Date;
  /** What supervision waits by. */
  readonly clock: Clock;
}
