import type { ServiceImpl } from "@connectrpc/connect";
import type { ListSnapshotsRequest } from "../gantry/snapshots/v1/index.ts";
import { SnapshotKind, SnapshotService } from "../gantry/snapshots/v1/index.ts";
import type { SnapshotFilter, Snapshotter } from "../snapshotter.ts";
import { labelsFromMessage, mountToMessage, snapshotToMessage } from "../wire/index.ts";
import { type Listener, type ServeOptions, type Serving, serve } from "./serve.ts";
import { untilAborted } from "./until-aborted.ts";

/**
 * Serves a snapshotter to other processes, as `gantry.snapshots.v1.SnapshotService` over gRPC;
 * {@link connectSnapshotter} is the other end. It is the only snapshotter there, so the field `snapshotter` of requests
 * is not looked at. What keys, names and labels may be is checked by the snapshotter.
 *
 * @param snapshotter - stays the caller's, who closes it after the serving
 *
 * Rejects with
 * - `invalid-argument`: the address has a wrong form
 * - `already-exists`: somebody else listens there
 * - `not-found`, `permission-denied`: the address cannot be listened on
 */
export async function serveSnapshotter(
  snapshotter: Snapshotter,
  listener: Listener,
  options: ServeOptions = {},
): Promise<Serving> {
  // Comparing is the work of whoever mounts, which a snapshotter never does: that method answers UNIMPLEMENTED.
  const service: Omit<ServiceImpl<typeof SnapshotService>, "diffSnapshots"> = {
    ...changes(snapshotter),
    ...questions(snapshotter),
  };
  return serve(listener, {
    ...options,
    type: "snapshotter",
    routes: (router) => router.service(SnapshotService, service),
  });
}

type Changes = "prepareSnapshot" | "viewSnapshot" | "commitSnapshot" | "removeSnapshot" | "updateSnapshot";

function changes(snapshotter: Snapshotter): Pick<ServiceImpl<typeof SnapshotService>, Changes> {
  return {
    async prepareSnapshot({ key, parent, labels }, { signal }) {
      const options = { labels: labelsFromMessage(labels), signal };
      return { mounts: (await snapshotter.prepare(key, parent || null, options)).map(mountToMessage) };
    },
    async viewSnapshot({ key, parent, labels }, { signal }) {
      const options = { labels: labelsFromMessage(labels), signal };
      return { mounts: (await snapshotter.view(key, parent || null, options)).map(mountToMessage) };
    },
    async commitSnapshot({ name, key, labels }, { signal }) {
      await snapshotter.commit(name, key, { labels: labelsFromMessage(labels), signal });
      return {};
    },
    async removeSnapshot({ name }, { signal }) {
      await snapshotter.remove(name, { signal });
      return {};
    },
    async updateSnapshot({ name, labels, updateMask }, { signal }) {
      const options = { signal, ...(updateMask && { fieldPaths: updateMask.paths }) };
      const info = await snapshotter.update(name, { labels: labelsFromMessage(labels) }, options);
      return { snapshot: snapshotToMessage(info) };
    },
  };
}

type Questions = "getCapabilities" | "listMounts" | "statSnapshot" | "getUsage" | "listSnapshots";

function questions(snapshotter: Snapshotter): Pick<ServiceImpl<typeof SnapshotService>, Questions> {
  return {
    getCapabilities: () => ({ copyOnWrite: snapshotter.capabilities.copyOnWrite }),
    async listMounts({ key }, { signal }) {
      return { mounts: (await snapshotter.mounts(key, { signal })).map(mountToMessage) };
    },
    async statSnapshot({ name }, { signal }) {
      return { snapshot: snapshotToMessage(await snapshotter.stat(name, { signal })) };
    },
    getUsage: ({ name }, { signal }) => snapshotter.usage(name, { signal }),
    async *listSnapshots(request, { signal }) {
      const shown = snapshotter.walk({ ...filterOf(request), signal });
      for await (const batch of inBatches(untilAborted(shown, signal))) {
        yield { snapshots: batch.map(snapshotToMessage) };
      }
    },
  };
}

function filterOf({ kind, parent, namePrefix, labels }: ListSnapshotsRequest): SnapshotFilter {
  return {
    ...(kind !== SnapshotKind.UNSPECIFIED && { kind: kind === SnapshotKind.ACTIVE ? "active" : "committed" }),
    ...(parent !== undefined && { parent: parent || null }),
    ...(namePrefix !== "" && { namePrefix }),
    labels: labelsFromMessage(labels),
  };
}

// One snapshot is some hundred bytes, and each answer costs about as much to send as a hundred of them.
const batchSize = 64;

async function* inBatches<T>(source: AsyncIterable<T>): AsyncGenerator<readonly T[], void, undefined> {
  let batch: T[] = [];
  for await (const item of source) {
    batch.push(item);
    if (batch.length === batchSize) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) {
    yield batch;
  }
}
