import type { Logger } from "pino";
import type { Images } from "../images/images.ts";
import type { KeyedQueue } from "../keyed-queue.ts";
import type { CoreParts } from "../parts.ts";
import type { Snapshots } from "../snapshots/snapshots.ts";
import type { ExitWatch } from "./exit-watch.ts";
import type { LiveContainers } from "./live-containers.ts";

/** What those share that deal with containers. */
export interface ContainerParts {
  readonly core: CoreParts;
  readonly snapshots: Snapshots;
  readonly images: Images;
  readonly live: LiveContainers;
  readonly exits: ExitWatch;
  /** Orders what changes the record of one container. */
  readonly queue: KeyedQueue;
  readonly log: Logger;
}
