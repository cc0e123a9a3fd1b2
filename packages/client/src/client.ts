import type { CallOptions } from "@gantry/api";
import { type ContainersClient, createContainers } from "./containers.ts";
import { type ContentClient, createContent } from "./content.ts";
import { createEvents, type EventsClient } from "./events.ts";
import { createGc, type GcClient } from "./gc.ts";
import { createImages, type ImagesClient } from "./images.ts";
import { createLeases, type LeasesClient } from "./leases.ts";
import { createNamespaces, type NamespacesClient } from "./namespaces.ts";
import { type CallScope, type Connection, operationTransport } from "./operation-transport.ts";
import { givenLease, type LeaseMaker, makeOwnLease } from "./own-lease.ts";
import { createRawClients, type RawClients } from "./raw.ts";
import { type RunningContainer, type RunOptions, run } from "./run.ts";
import { createSnapshots, type SnapshotsClient } from "./snapshots.ts";
import { createSystem, isServing, type SystemClient } from "./system.ts";
import { createTokens, type TokensClient } from "./tokens.ts";

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
  readonly gc: GcClient;
  readonly images: ImagesClient;
  readonly leases: LeasesClient;
  readonly namespaces: NamespacesClient;
  readonly snapshots: SnapshotsClient;
  readonly system: SystemClient;
  readonly tokens: TokensClient;
  /** The generated clients beneath. */
  readonly raw: RawClients;
  /** The namespace that calls concern. */
  readonly namespace: string;

  /** Returns a client of another namespace over the same connection, without a lease. */
  in(namespace: string): Client;

  /**
   * Returns a client over the same connection whose calls add what they make to a lease of this id: ingests, content,
   * snapshots, and what imports and unpackings make. They reject with `not-found` where there is no such lease.
   */
  withLease(id: string): Client;

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
  const within = (scope: CallScope): Client => {
    const over = (lease: string | undefined) =>
      createRawClients(operationTransport(connection, { ...scope, lease }, () => state.closed));
    const raw = over(scope.lease);
    // Work of several calls has a lease of its own, unless the caller has one.
    const leases: LeaseMaker = (work, options) =>
      scope.lease === undefined ? makeOwnLease(raw, over, { work, ...options }) : Promise.resolve(givenLease(raw));
    const areas = { containers: createContainers(raw), images: createImages(raw, leases) };
    return {
      ...areas,
      snapshots: createSnapshots(raw),
      gc: createGc(raw),
      leases: createLeases(raw),
      content: createContent(raw),
      events: createEvents(raw),
      namespaces: createNamespaces(raw),
      system: createSystem(raw),
      tokens: createTokens(raw),
      raw,
      namespace: scope.namespace,
      in: (namespace) => within({ namespace }),
      withLease: (lease) => within({ ...scope, lease }),
      run: (options) => run({ ...areas, leases }, options),
      health: (options = {}) => isServing(raw, options),
      close,
      [Symbol.asyncDispose]: close,
    };
  };
  return within({ namespace });
}
