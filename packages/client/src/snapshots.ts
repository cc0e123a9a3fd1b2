import type { CallOptions, Snapshotter } from "@gantry/api";
import { ChangeKind, SnapshotKind } from "@gantry/api/gantry/snapshots/v1";
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

  /**
   * Compares the file tree of a snapshot of either kind with another, and yields what makes the one of the other, ordered
   * by path, component by component; a directory comes before what is in it. What is below an added directory is
   * yielded too, what was below a removed one is not. The daemon compares, as far as the reader has read.
   *
   * Entries differ if type, mode, owner, size, link target, device number or extended attributes do; files of one size that
   * were modified at different times are read.
   *
   * @param against - key or name of the other one; by default the parent, or an empty tree if there is none
   *
   * Rejects with
   * - `not-found`: one of the two
   * - `aborted`: an Active one of the two was committed or removed meanwhile
   * - `unimplemented`: the daemon's host cannot perform the mounts
   */
  diff(name: string, against?: string, options?: CallOptions): AsyncIterable<SnapshotChange>;
}

/** One difference between the file trees of two snapshots. */
export interface SnapshotChange {
  /** With a slash in front; `/` is the root. Bytes that are no UTF-8 are replaced by U+FFFD. */
  readonly path: string;
  readonly kind: "added" | "changed" | "removed";
}

const changeKinds: Readonly<Record<ChangeKind, SnapshotChange["kind"]>> = {
  // A kind that this client does not know is some change.
  [ChangeKind.UNSPECIFIED]: "changed",
  [ChangeKind.ADDED]: "added",
  [ChangeKind.CHANGED]: "changed",
  [ChangeKind.REMOVED]: "removed",
};

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
    diff(name, against, options = {}) {
      const request = { snapshotter, name, ...(against !== undefined && { against }) };
      const open = (rpc: RpcOptions) => raw.diffSnapshots(request, rpc);
      return itemsOf(() => new ServerStream(options, open, ({ changes }) => changes.map(changeFrom)));
    },
  };
}

function changeFrom({ kind, path }: { readonly kind: ChangeKind; readonly path: string }): SnapshotChange {
  return { path, kind: changeKinds[kind] ?? "changed" };
}

function infoFrom({ snapshot }: { readonly snapshot?: Parameters<typeof snapshotFromMessage>[0] | undefined }) {
  return snapshotFromMessage(required(snapshot, "snapshot"));
}
