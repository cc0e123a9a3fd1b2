import type { ContainerRecord } from "../../store/container-table.ts";
import { withDeadline } from "../deadline.ts";
import { Slots } from "../slots.ts";
import { dependenciesOf, findCircle, inDependencyOrder } from "../supervision/dependency-order.ts";
import type { ContainerParts } from "./container-parts.ts";
import { keyOf, subjectOf } from "./container-ref.ts";
import { viewContainer } from "./container-state.ts";

/** How many containers are started at once. */
const startsAtOnce = 8;
/** How long one start may hold up those that depend on it. */
const startDeadlineMs = 60_000;

/**
 * Starts the containers that should run and do not, at the start of the daemon: each behind those that it depends on,
 * whether or not they could be started.
 *
 * @param options - `runtime`: whose containers. Default: of all
 */
export async function startDue(parts: ContainerParts, { runtime }: { readonly runtime?: string } = {}): Promise<void> {
  const { core, supervisor, log } = parts;
  supervisor.open();
  const isTheirs = (record: ContainerRecord) => runtime === undefined || record.runtime === runtime;
  const records = core.tables.containers.all().filter((record) => record.phase === "ready" && isTheirs(record));
  const waits = await Promise.all(records.map(async (record) => ({ record, waitMs: await waitOf(parts, record) })));
  const now = new Map<string, ContainerRecord>();
  for (const { record, waitMs } of waits) {
    if (waitMs !== null && waitMs > 0) supervisor.schedule(record, waitMs);
    else if (waitMs !== null) now.set(keyOf(record), record);
  }
  const graph = graphOf([...now.values()]);
  for (const [key, record] of now) {
    const circle = findCircle(graph, key);
    if (circle !== undefined) log.warn({ namespace: record.namespace, circle }, "containers depend on each other");
  }
  const slots = new Slots(startsAtOnce);
  await inDependencyOrder(graph, async (key) => {
    const record = now.get(key);
    if (record === undefined) return;
    const start = () => withDeadline(subjectOf(record), startDeadlineMs, () => supervisor.restart(record));
    await slots.run(start).catch((error: unknown) => {
      log.warn({ err: error, namespace: record.namespace, id: record.id }, "others are started before this one has");
    });
  });
}

/** Who depends on whom, by keys over all namespaces. */
function graphOf(records: readonly ContainerRecord[]): ReadonlyMap<string, readonly string[]> {
  return new Map(
    records.map((record) => {
      const { namespace } = record;
      return [keyOf(record), dependenciesOf(record.labels).map((id) => keyOf({ namespace, id }))];
    }),
  );
}

/** How long from now a container is to be started, in milliseconds; `null` if it is not. */
async function waitOf(parts: ContainerParts, record: ContainerRecord): Promise<number | null> {
  const { supervision } = parts.core.tables;
  const row = supervision.find(record.uid);
  if (row === undefined) return null;
  const now = parts.core.now();
  if (row.restartAt !== null) return Math.min(row.restartAt.getTime() - now.getTime(), 60_000);
  const { mode } = record.restartPolicy;
  if (mode === "no") return null;
  const { status } = (await viewContainer(parts, record)).state;
  const wasStopped = status === "stopped" && mode === "always" && row.desired === "stopped";
  const neverCameToRun = status === "created" && row.desired === "running";
  if (!wasStopped && !neverCameToRun) return null;
  parts.core.store.write(() => {
    supervision.change(record.uid, { desired: "running", attempt: 0, restartAt: now });
  });
  return 0;
}
