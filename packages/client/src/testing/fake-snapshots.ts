import type { ServiceImpl } from "@connectrpc/connect";
import { OperationError, type SnapshotInfo } from "@gantry/api";
import { ChangeKind, SnapshotKind, type SnapshotService } from "@gantry/api/gantry/snapshots/v1";
import { labelsFromMessage, mountToMessage, snapshotToMessage } from "@gantry/api/wire";

const mount = { type: "bind", source: "/fake", target: "", options: ["rbind", "rw"] };

/** Snapshots in memory, as far as the client's tests look. */
export class FakeSnapshots {
  readonly infos = new Map<string, SnapshotInfo>();
  readonly calls: string[];

  constructor(calls: string[]) {
    this.calls = calls;
  }

  /** Adds one without a call. */
  add(
    name: string,
    kind: SnapshotInfo["kind"],
    parent: string | null = null,
    labels: ReadonlyMap<string, string> = new Map(),
  ): void {
    const now = new Date(1_700_000_000_000);
    this.infos.set(name, { name, kind, parent, readonly: false, labels, createdAt: now, updatedAt: now });
  }

  readonly service: Partial<ServiceImpl<typeof SnapshotService>> = {
    prepareSnapshot: ({ key, labels, parent }) => {
      this.calls.push(`prepare ${key} on ${parent || "nothing"}`);
      if (this.infos.has(key)) {
        throw new OperationError("already-exists", { type: "snapshot", id: key }, "is there");
      }
      if (parent !== "") {
        this.#find(parent);
      }
      this.add(key, "active", parent || null, labelsFromMessage(labels));
      return { mounts: [mountToMessage(mount)] };
    },
    listMounts: ({ key }) => {
      this.#find(key);
      return { mounts: [mountToMessage(mount)] };
    },
    commitSnapshot: ({ key, labels, name }) => {
      const { parent } = this.#find(key);
      this.infos.delete(key);
      this.add(name, "committed", parent, labelsFromMessage(labels));
      return {};
    },
    removeSnapshot: ({ name }) => {
      this.calls.push(`remove ${name}`);
      this.#find(name);
      this.infos.delete(name);
      return {};
    },
    statSnapshot: ({ name }) => ({ snapshot: snapshotToMessage(this.#find(name)) }),
    updateSnapshot: ({ labels, name, updateMask }) => {
      this.calls.push(`update ${name} ${updateMask?.paths.join()}`);
      const info = { ...this.#find(name), labels: labelsFromMessage(labels) };
      this.infos.set(name, info);
      return { snapshot: snapshotToMessage(info) };
    },
    getUsage: ({ name }) => {
      this.#find(name);
      return { sizeBytes: 2n ** 60n, inodes: 3n };
    },
    listSnapshots: async function* (
      this: FakeSnapshots,
      { kind, namePrefix, parent }: { kind: SnapshotKind; namePrefix: string; parent?: string | undefined },
    ) {
      const wanted = kind === SnapshotKind.COMMITTED ? "committed" : "active";
      for (const info of this.infos.values()) {
        const matches =
          (kind === SnapshotKind.UNSPECIFIED || info.kind === wanted) &&
          info.name.startsWith(namePrefix) &&
          (parent === undefined || (info.parent ?? "") === parent);
        // One an answer, so that the client has several to join.
        yield { snapshots: matches ? [snapshotToMessage(info)] : [] };
      }
    }.bind(this),
    diffSnapshots: async function* (
      this: FakeSnapshots,
      { against = "its parent", name }: { name: string; against?: string | undefined },
    ) {
      this.#find(name);
      yield { changes: [{ path: `/${name} on ${against}`, kind: ChangeKind.ADDED }] };
      yield {
        changes: [
          { path: "/b", kind: ChangeKind.REMOVED },
          { path: "/c", kind: ChangeKind.CHANGED },
        ],
      };
    }.bind(this),
  };

  #find(name: string): SnapshotInfo {
    const info = this.infos.get(name);
    if (info === undefined) {
      throw new OperationError("not-found", { type: "snapshot", id: name }, "there is none");
    }
    return info;
  }
}
