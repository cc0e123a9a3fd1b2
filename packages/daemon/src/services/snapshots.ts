import type { MessageInitShape } from "@bufbuild/protobuf";
import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import type { SnapshotFilter, SnapshotInfo } from "@gantry/api";
import {
  ChangeKind,
  type DiffSnapshotsResponseSchema,
  type ListSnapshotsRequest,
  type ListSnapshotsResponseSchema,
  SnapshotKind,
  type SnapshotService,
} from "@gantry/api/gantry/snapshots/v1";
import { labelsFromMessage, mountToMessage, snapshotToMessage } from "@gantry/api/wire";
import type { TreeChange } from "../core/snapshots/compare-trees.ts";
import type { SnapshotDiffs } from "../core/snapshots/snapshot-diffs.ts";
import type { MakeSnapshotOptions, SnapshotRef, Snapshots } from "../core/snapshots/snapshots.ts";
import { madeUnderOf, namespaceOf } from "../interceptors/call-context.ts";
import { batched } from "./batched.ts";

/** Serves `gantry.snapshots.v1.SnapshotService`. */
export function createSnapshotService(snapshots: Snapshots, diffs: SnapshotDiffs): ServiceImpl<typeof SnapshotService> {
  return {
    getCapabilities: ({ snapshotter }, context) => {
      return snapshots.snapshotter(namespaceOf(context), snapshotter).snapshotter.capabilities;
    },
    prepareSnapshot: async (request, context) => {
      const options = makeOptionsOf(request.labels, context);
      const mounts = await snapshots.prepare(refOf(request, request.key, context), request.parent || null, options);
      return { mounts: mounts.map(mountToMessage) };
    },
    viewSnapshot: async (request, context) => {
      const options = makeOptionsOf(request.labels, context);
      const mounts = await snapshots.view(refOf(request, request.key, context), request.parent || null, options);
      return { mounts: mounts.map(mountToMessage) };
    },
    listMounts: async (request, context) => {
      const mounts = await snapshots.mounts(refOf(request, request.key, context), { signal: context.signal });
      return { mounts: mounts.map(mountToMessage) };
    },
    commitSnapshot: async (request, context) => {
      const options = makeOptionsOf(request.labels, context);
      await snapshots.commit(refOf(request, request.name, context), request.key, options);
      return {};
    },
    removeSnapshot: async (request, context) => {
      await snapshots.remove(refOf(request, request.name, context), { signal: context.signal });
      return {};
    },
    statSnapshot: async (request, context) => {
      const info = await snapshots.stat(refOf(request, request.name, context), { signal: context.signal });
      return { snapshot: snapshotToMessage(info) };
    },
    updateSnapshot: async (request, context) => {
      const fieldPaths = request.updateMask?.paths ?? [];
      const options = { signal: context.signal, ...(fieldPaths.length > 0 && { fieldPaths }) };
      const change = { labels: labelsFromMessage(request.labels) };
      const info = await snapshots.update(refOf(request, request.name, context), change, options);
      return { snapshot: snapshotToMessage(info) };
    },
    getUsage: (request, context) => snapshots.usage(refOf(request, request.name, context), { signal: context.signal }),
    listSnapshots: (request, context) => {
      const filter = { ...filterFrom(request), signal: context.signal };
      return listMessages(snapshots.walk(namespaceOf(context), request.snapshotter, filter));
    },
    diffSnapshots: (request, context) => {
      const options = { against: request.against, signal: context.signal };
      return diffMessages(diffs.diff(refOf(request, request.name, context), options));
    },
  };
}

async function* listMessages(
  infos: AsyncIterable<SnapshotInfo>,
): AsyncGenerator<MessageInitShape<typeof ListSnapshotsResponseSchema>, void, void> {
  for await (const batch of batched(infos)) yield { snapshots: batch.map(snapshotToMessage) };
}

const changeKinds = {
  added: ChangeKind.ADDED,
  changed: ChangeKind.CHANGED,
  removed: ChangeKind.REMOVED,
} as const satisfies Record<TreeChange["kind"], ChangeKind>;

async function* diffMessages(
  groups: AsyncIterable<readonly TreeChange[]>,
): AsyncGenerator<MessageInitShape<typeof DiffSnapshotsResponseSchema>, void, void> {
  for await (const group of groups) {
    yield { changes: group.map(({ path, kind }) => ({ path, kind: changeKinds[kind] })) };
  }
}

function makeOptionsOf(labels: Record<string, string>, context: HandlerContext): MakeSnapshotOptions {
  return { labels: labelsFromMessage(labels), signal: context.signal, under: madeUnderOf(context) };
}

function refOf(request: { readonly snapshotter: string }, name: string, context: HandlerContext): SnapshotRef {
  return { namespace: namespaceOf(context), snapshotter: request.snapshotter, name };
}

function filterFrom({ kind, parent, namePrefix, labels }: ListSnapshotsRequest): SnapshotFilter {
  const wanted = labelsFromMessage(labels);
  return {
    ...(kind === SnapshotKind.ACTIVE && { kind: "active" as const }),
    ...(kind === SnapshotKind.COMMITTED && { kind: "committed" as const }),
    ...(parent !== undefined && { parent: parent || null }),
    ...(namePrefix !== "" && { namePrefix }),
    ...(wanted.size > 0 && { labels: wanted }),
  };
}
