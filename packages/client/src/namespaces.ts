import type { CallOptions } from "@gantry/api";
import type { Namespace } from "@gantry/api/gantry/namespaces/v1";
import { dateFromMessage, labelsFromMessage, labelsToMessage } from "@gantry/api/wire";
import type { RawClients } from "./raw.ts";
import { required } from "./values.ts";

/** A tenant. */
export interface NamespaceInfo {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Options of {@link NamespacesClient.create}. */
export interface CreateNamespaceOptions extends CallOptions {
  /** Default: none. */
  readonly labels?: ReadonlyMap<string, string>;
}

/** The tenants of the daemon, whichever namespace the client itself is in. */
export interface NamespacesClient {
  /**
   * Makes a namespace.
   *
   * Rejects with
   * - `already-exists`: there is one of this name
   * - `invalid-argument`: the name or a label breaks its rule
   */
  create(name: string, options?: CreateNamespaceOptions): Promise<NamespaceInfo>;

  /**
   * Returns one namespace.
   *
   * Rejects with
   * - `not-found`: there is none of this name
   */
  get(name: string, options?: CallOptions): Promise<NamespaceInfo>;

  /** Returns all namespaces, ordered by name. */
  list(options?: CallOptions): Promise<readonly NamespaceInfo[]>;

  /**
   * Replaces all labels of a namespace.
   *
   * Rejects with
   * - `not-found`: there is none of this name
   * - `invalid-argument`: a label breaks its rule
   */
  setLabels(name: string, labels: ReadonlyMap<string, string>, options?: CallOptions): Promise<NamespaceInfo>;

  /**
   * Removes an empty namespace.
   *
   * Rejects with
   * - `not-found`: there is none of this name
   * - `failed-precondition`: something is in it, or it is `default`
   */
  delete(name: string, options?: CallOptions): Promise<void>;
}

export function createNamespaces({ namespaces: raw }: RawClients): NamespacesClient {
  return {
    async create(name, { labels = new Map(), ...options } = {}) {
      const namespace = { name, labels: labelsToMessage(labels) };
      return infoFrom((await raw.createNamespace({ namespace }, options)).namespace);
    },
    get: async (name, options = {}) => infoFrom((await raw.getNamespace({ name }, options)).namespace),
    list: async (options = {}) => (await raw.listNamespaces({}, options)).namespaces.map(infoFrom),
    async setLabels(name, labels, options = {}) {
      const namespace = { name, labels: labelsToMessage(labels) };
      return infoFrom((await raw.updateNamespace({ namespace }, options)).namespace);
    },
    async delete(name, options = {}) {
      await raw.deleteNamespace({ name }, options);
    },
  };
}

function infoFrom(message: Namespace | undefined): NamespaceInfo {
  const { name, labels, createdAt, updatedAt } = required(message, "namespace");
  return {
    name,
    labels: labelsFromMessage(labels),
    createdAt: dateFromMessage(createdAt),
    updatedAt: dateFromMessage(updatedAt),
  };
}
