import type { CallOptions, Snapshotter } from "@gantry/api";
import { SnapshotKind } from "@gantry/api/gantry/snapshots/v1";
import { labelsToMessage, mountFromMessage, snapshotFromMessage } from "@gantry/api/wire";
import type { RawClients } from "./raw.ts";
import { itemsOf, type RpcOptions, ServerStream } from "./server-stream.ts";
import { required } from "./values.ts";

/**
 * The snapshots of the client's namespace, under the contract of `Snapshotter`. What a snapshotter can do beyond the
 * contract is in the daemon's info, and its end is the client's `close`.
 */
export interface SnapshotsClient extends Omit<Snapshotter, "capabilities" | "close"> {
  /** Returns the snapshots of one snapshotter of the daemon instead of its default. Costs nothing. */
  of(snapshotter: string): SnapshotsClient;
}

const kindCodes = {
  active: SnapshotKind.ACTIVE,
  committed: SnapshotKind.COMMITTED,
} as const;

/** @param snapshotter - id, or `""` for the daemon's default */
export function createSnapshots(clients: RawClients, snapshotter = ""): SnapshotsClient {
  const { snapshots: raw } = clients;
  return {
    of: (id) => createSnapshots(clients, id),
    async prepare(key, parent, { labels = new Map(), ...options } = {}) {
      const request = { snapshotter, key, parent: parent ?? "", labels: labelsToMessage(labels) };
      return (await raw.prepareSnapshot(request, options)).mounts.map(mountFromMessage);
    },
    async view(key, parent, { labels = new Map(), ...options } = {}) {
      const request = { snapshotter, key, parent: parent ?? "", labels: labelsToMessage(labels) };
      return (await raw.viewSnapshot(request, options)).mounts.map(mountFromMessage);
    },
    mounts: async (key, options = {}) =>
      (await raw.listMounts({ snapshotter, key }, options)).mounts.map(mountFromMessage),
    async commit(name, key, { labels = new Map(), ...options } = {}) {
      await raw.commitSnapshot({ snapshotter, name, key, labels: labelsToMessage(labels) }, options);
    },
    async remove(name, options = {}) {
      await raw.removeSnapshot({ snapshotter, name }, options);
    },
    stat: async (name, options = {}) => infoFrom(await raw.statSnapshot({ snapshotter, name }, options)),
    async update(name, { labels }, { fieldPaths: paths = ["labels"], ...options } = {}) {
      const request = { snapshotter, name, labels: labelsToMessage(labels), updateMask: { paths: [...paths] } };
      return infoFrom(await raw.updateSnapshot(request, options));
    },
    async usage(name: string, options: CallOptions = {}) {
      const { sizeBytes, inodes } = await raw.getUsage({ snapshotter, name }, options);
      return { sizeBytes, inodes };
    },
    walk({ kind, parent, namePrefix = "", labels = new Map(), ...options } = {}) {
      const request = {
        snapshotter,
        kind: kind === undefined ? SnapshotKind.UNSPECIFIED : kindCodes[kind],
        ...(parent !== undefined && { parent: parent ?? "" }),
        namePrefix,
        labels: labelsToMessage(labels),
      };
      const open = (rpc: RpcOptions) => raw.listSnapshots(request, rpc);
      return itemsOf(() => new ServerStream(options, open, (answer) => answer.snapshots.map(snapshotFromMessage)));
    },
  };
}

function infoFrom({ snapshot }: { readonly snapshot?: Parameters<typeof snapshotFromMessage>[0] | undefined }) {
  return snapshotFromMessage(required(snapshot, "snapshot"));
}
