import type { CallOptions } from "@gantry/api";
import type { Lease } from "@gantry/api/gantry/leases/v1";
import { dateFromMessage, dateToMessage, labelsFromMessage, labelsToMessage } from "@gantry/api/wire";
import type { RawClients } from "./raw.ts";
import { required } from "./values.ts";

/** An object by its type and identifier. */
export interface ObjectRef {
  /** `content`, `ingest`, `image`, `container`, or `snapshot/SNAPSHOTTER`; `snapshot` is that of the default snapshotter. */
  readonly type: string;
  readonly id: string;
}

/** What keeps objects from being collected. */
export interface LeaseInfo {
  readonly id: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly createdAt: Date;
  /** When it ends by itself; `null` for never. */
  readonly expiresAt: Date | null;
}

/** Options of {@link LeasesClient.create}. */
export interface CreateLeaseOptions extends CallOptions {
  /** Default: none. */
  readonly labels?: ReadonlyMap<string, string>;
  /** How long it lasts by the daemon's clock, in seconds. Default: as `expiresAt` says. */
  readonly lifetimeSeconds?: number;
  /** Default: never, or as its label `gantry.dev/gc.expire` says. */
  readonly expiresAt?: Date;
}

/** Options of {@link LeasesClient.delete}. */
export interface DeleteLeaseOptions extends CallOptions {
  /** Whether to wait until what it alone kept is collected. Default: false. */
  readonly sync?: boolean;
}

/**
 * The leases of the client's namespace. `Client.withLease` makes calls add to one what they make; such things are collected
 * when neither a lease nor anything else keeps them.
 */
export interface LeasesClient {
  /**
   * Makes a lease.
   *
   * Rejects with
   * - `already-exists`: there is one of this id
   * - `invalid-argument`: the id or a label breaks its rule
   */
  create(id: string, options?: CreateLeaseOptions): Promise<LeaseInfo>;

  /**
   * Ends a lease.
   *
   * Rejects with
   * - `not-found`: there is none of this id
   */
  delete(id: string, options?: DeleteLeaseOptions): Promise<void>;

  /** Returns all leases, ordered by id. */
  list(options?: CallOptions): Promise<readonly LeaseInfo[]>;

  /**
   * Adds an object that is there.
   *
   * Rejects with
   * - `not-found`: no such lease, or no such object
   * - `invalid-argument`: nothing has such a type
   */
  add(id: string, object: ObjectRef, options?: CallOptions): Promise<void>;

  /**
   * Takes an object from a lease.
   *
   * Rejects with
   * - `not-found`: no such lease, or the object is not in it
   */
  remove(id: string, object: ObjectRef, options?: CallOptions): Promise<void>;

  /**
   * Returns the objects of a lease, ordered by type and identifier.
   *
   * Rejects with
   * - `not-found`: there is none of this id
   */
  resources(id: string, options?: CallOptions): Promise<readonly ObjectRef[]>;
}

export function createLeases({ leases: raw }: RawClients): LeasesClient {
  return {
    async create(id, { labels = new Map(), lifetimeSeconds = 0, expiresAt, ...options } = {}) {
      const end = expiresAt === undefined ? {} : { expiresAt: dateToMessage(expiresAt) };
      const lease = { id, labels: labelsToMessage(labels), ...end };
      return infoFrom((await raw.createLease({ lease, lifetimeSeconds }, options)).lease);
    },
    async delete(id, { sync = false, ...options } = {}) {
      await raw.deleteLease({ id, sync }, options);
    },
    list: async (options = {}) => (await raw.listLeases({}, options)).leases.map(infoFrom),
    async add(id, { type, id: name }, options = {}) {
      await raw.addResource({ id, resource: { type, id: name } }, options);
    },
    async remove(id, { type, id: name }, options = {}) {
      await raw.removeResource({ id, resource: { type, id: name } }, options);
    },
    async resources(id, options = {}) {
      const { resources } = await raw.listResources({ id }, options);
      return resources.map(({ type, id: name }) => ({ type, id: name }));
    },
  };
}

function infoFrom(message: Lease | undefined): LeaseInfo {
  const { id, labels, createdAt, expiresAt } = required(message, "lease");
  const end = expiresAt === undefined ? null : dateFromMessage(expiresAt);
  return { id, labels: labelsFromMessage(labels), createdAt: dateFromMessage(createdAt), expiresAt: end };
}
