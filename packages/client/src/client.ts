import type { CallOptions } from "@gantry/api";
import { type ContainersClient, createContainers } from "./containers.ts";
import { type ContentClient, createContent } from "./content.ts";
import { createEvents, type EventsClient } from "./events.ts";
import { createImages, type ImagesClient } from "./images.ts";
import { createNamespaces, type NamespacesClient } from "./namespaces.ts";
import { type Connection, operationTransport } from "./operation-transport.ts";
import { createRawClients, type RawClients } from "./raw.ts";
import { type RunningContainer, type RunOptions, run } from "./run.ts";
import { createSnapshots, type SnapshotsClient } from "./snapshots.ts";
import { createSystem, isServing, type SystemClient } from "./system.ts";

/**
 * A daemon, as seen from one namespace.
 *
 * Everything rejects with the `OperationError` that the daemon threw, with `unavailable` where the daemon is not there,
 * with `failed-precondition` after `close`, and with the reason of the caller's signal where that was aborted. The
 * connection is made when it is first needed, shared by all calls, and made again after the daemon was restarted.
 */
export interface Client extends AsyncDisposable {
  readonly containers: ContainersClient;
  readonly content: ContentClient;
  readonly events: EventsClient;
  readonly images: ImagesClient;
  readonly namespaces: NamespacesClient;
  readonly snapshots: SnapshotsClient;
  readonly system: SystemClient;
  /** The generated clients beneath. */
  readonly raw: RawClients;
  /** The namespace that calls concern. */
  readonly namespace: string;

  /** Returns a client of another namespace over the same connection. */
  in(namespace: string): Client;

  /**
   * Runs a container from an image that is there: unpacks it if needed, makes a snapshot and a spec, creates, attaches and
   * starts. After a failure nothing remains but what was unpacked.
   *
   * Rejects with
   * - `not-found`: no such image, or the program is missing in it
   * - `already-exists`: the namespace has a container of this id
   * - `invalid-argument`: an option has the wrong form, or cannot be applied
   * - all else that images, snapshots and containers reject with
   */
  run(options: RunOptions): Promise<RunningContainer>;

  /** Tells whether the daemon serves; rejects with `unavailable` where nobody is there. */
  health(options?: CallOptions): Promise<boolean>;

  /** Ends the connection, for the clients of other namespaces too. Calls under way fail. Idempotent. */
  close(): Promise<void>;
}

/** Makes a client over a connection. */
export function clientOver(connection: Connection, namespace: string): Client {
  const state = { closed: false };
  const close = async () => {
    if (!state.closed) {
      state.closed = true;
      connection.close();
    }
  };
  const within = (name: string): Client => {
    const raw = createRawClients(operationTransport(connection, name, () => state.closed));
    const areas = { containers: createContainers(raw), images: createImages(raw), snapshots: createSnapshots(raw) };
    return {
      ...areas,
      content: createContent(raw),
      events: createEvents(raw),
      namespaces: createNamespaces(raw),
      system: createSystem(raw),
      raw,
      namespace: name,
      in: within,
      run: (options) => run(areas, options),
      health: (options = {}) => isServing(raw, options),
      close,
      [Symbol.asyncDispose]: close,
    };
  };
  return within(namespace);
}
