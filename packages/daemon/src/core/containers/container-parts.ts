import type { Container } from "@gantry/api";
import type { Logger } from "pino";
import type { ContainerRecord } from "../../store/container-table.ts";
import type { Images } from "../images/images.ts";
import type { KeyedQueue } from "../keyed-queue.ts";
import type { CoreParts } from "../parts.ts";
import type { Snapshots } from "../snapshots/snapshots.ts";
import type { HealthChecks } from "../supervision/health-checks.ts";
import type { Supervisor } from "../supervision/supervisor.ts";
import type { ExitWatch } from "./exit-watch.ts";
import type { LiveContainers } from "./live-containers.ts";

/** What those share that deal with containers. */
export interface ContainerParts {
  readonly core: CoreParts;
  readonly snapshots: Snapshots;
  readonly images: Images;
  readonly live: LiveContainers;
  readonly exits: ExitWatch;
  readonly supervisor: Supervisor;
  readonly health: HealthChecks;
  /** Begins to wait for the end of a container's init process. */
  readonly watch: (record: ContainerRecord, container: Container) => void;
  /** Orders what changes the record of one container. */
  readonly queue: KeyedQueue;
  readonly log: Logger;
}
