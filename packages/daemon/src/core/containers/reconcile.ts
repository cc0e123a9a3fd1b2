import { type Container, isOperationError, type LoadedContainer, type Runtime } from "@gantry/api";
import type { ContainerRecord } from "../../store/container-table.ts";
import { withDeadline } from "../deadline.ts";
import type { ContainerParts } from "./container-parts.ts";
import { keyOf } from "./container-ref.ts";
import { deleteContainer } from "./delete-container.ts";

/** How long a runtime may take to find its containers again. */
const loadDeadlineMs = 20_000;
/** What is recorded as status of a process whose end nobody saw. */
const lostStatus = 255;

/** A container that a runtime has and nobody made a record of. */
export interface Stray {
  readonly runtime: string;
  readonly namespace: string;
  readonly id: string;
}

/** What a runtime came up with at the start. */
interface Loaded {
  readonly runtime: string;
  readonly entries: ReadonlyMap<string, LoadedContainer>;
  /** Why its containers cannot be known; `undefined` if they are. */
  readonly failure: string | undefined;
}

/** Takes over a container that was found again. */
type Adopt = (record: ContainerRecord, container: Container) => Promise<void>;

/**
 * Brings the records and what the runtimes have together again, at the start: what runs is taken over, what was being
 * deleted is deleted, what was being made is taken back, and what ended is recorded. One bad entry is reported, and
 * never keeps the others from it.
 *
 * @returns containers without a record. Intents are written before anything is made, so these can only come from a store
 *   that was lost: they are somebody's, and left alone
 */
export async function reconcile(parts: ContainerParts, adopt: Adopt): Promise<readonly Stray[]> {
  const ready = [...parts.core.runtimes.ready()];
  const loaded = new Map(
    await Promise.all(ready.map(async ([id, runtime]) => [id, await loadOne(parts, id, runtime)] as const)),
  );
  const records = parts.core.tables.containers.all();
  await Promise.all(
    records.map((record) => reconcileAlone(parts, record, { loaded: loaded.get(record.runtime), adopt })),
  );
  return findStrays(parts, loaded, new Set(records.map(keyOf)));
}

/**
 * The same for the containers of one runtime that was not there at the start, or was away and may have lost some. What is
 * known already is only asked whether it is still there. Calls may be at work meanwhile; each container waits for its turn.
 */
export async function reconcileRuntime(
  parts: ContainerParts,
  id: string,
  { runtime, adopt }: { readonly runtime: Runtime; readonly adopt: Adopt },
): Promise<readonly Stray[]> {
  const { containers } = parts.core.tables;
  const records = containers.all().filter((record) => record.runtime === id);
  const loaded = await loadOne(parts, id, runtime);
  await Promise.all(
    records.map((record) =>
      parts.queue.run(keyOf(record), async () => {
        const present = containers.find(record.namespace, record.id);
        if (present?.uid !== record.uid) return;
        if (parts.live.find(present) !== undefined) await checkPresent(parts, present);
        else if (parts.live.reason(present) !== undefined) await reconcileAlone(parts, present, { loaded, adopt });
      }),
    ),
  );
  return findStrays(parts, new Map([[id, loaded]]), new Set([...records, ...containers.all()].map(keyOf)));
}

/** A runtime that was away may have lost what was known of it. */
async function checkPresent(parts: ContainerParts, record: ContainerRecord): Promise<void> {
  try {
    await parts.live.find(record)?.state();
  } catch (error) {
    if (!isOperationError(error, "not-found")) return;
    parts.live.forget(record);
    recordLoss(parts, record);
  }
}

/** Never rejects. */
async function reconcileAlone(
  parts: ContainerParts,
  record: ContainerRecord,
  found: { readonly loaded: Loaded | undefined; readonly adopt: Adopt },
): Promise<void> {
  try {
    await reconcileOne(parts, record, found);
  } catch (error) {
    const { namespace, id, phase } = record;
    parts.log.error({ err: error, namespace, id, phase }, "a container cannot be brought back");
    const reason = `the daemon could not bring it back: ${error instanceof Error ? error.message : error}`;
    if (parts.live.find(record) === undefined) parts.live.setUnknown(record, reason);
  }
}

async function loadOne(parts: ContainerParts, id: string, runtime: Runtime): Promise<Loaded> {
  try {
    const found = await withDeadline({ type: "runtime", id }, loadDeadlineMs, (signal) => runtime.load({ signal }));
    return { runtime: id, entries: new Map(found.map((entry) => [keyOf(entry), entry])), failure: undefined };
  } catch (error) {
    parts.log.error({ err: error, runtime: id }, "a runtime cannot find its containers again");
    const failure = `runtime ${id} could not be loaded: ${error instanceof Error ? error.message : error}`;
    return { runtime: id, entries: new Map(), failure };
  }
}

async function reconcileOne(
  parts: ContainerParts,
  record: ContainerRecord,
  { loaded, adopt }: { readonly loaded: Loaded | undefined; readonly adopt: Adopt },
): Promise<void> {
  const failure = loaded === undefined ? `runtime ${record.runtime} is not ready` : loaded.failure;
  if (failure !== undefined) {
    parts.live.setUnknown(record, failure);
    return;
  }
  const entry = loaded?.entries.get(keyOf(record));
  if (entry !== undefined && "error" in entry) {
    const reason = `its runtime cannot load it: ${entry.error instanceof Error ? entry.error.message : entry.error}`;
    parts.log.error({ err: entry.error, namespace: record.namespace, id: record.id }, "a container cannot be loaded");
    parts.live.setUnknown(record, reason);
    return;
  }
  const container = await undoRemaking(parts, record, entry?.container);
  if (container === undefined) parts.live.forget(record);
  else parts.live.set(record, container);
  switch (record.phase) {
    case "creating":
      return undoCreation(parts, record, container);
    case "deleting":
      await deleteContainer(parts, record, { force: true });
      return;
    case "ready":
      if (container === undefined) recordLoss(parts, record);
      else await adopt(record, container);
  }
}

/**
 * Takes away what a daemon before this one began to make anew: its record is still that of the run before, and nothing of
 * it can have run. It is made again with all the others that should run.
 */
async function undoRemaking(
  { core }: ContainerParts,
  record: ContainerRecord,
  container: Container | undefined,
): Promise<Container | undefined> {
  if (core.tables.supervision.find(record.uid)?.remaking !== true) return container;
  await container?.delete({ force: true });
  core.store.transaction(() => {
    core.tables.supervision.change(record.uid, { remaking: false, restartAt: core.now() });
  });
  return undefined;
}

async function undoCreation(parts: ContainerParts, record: ContainerRecord, container: Container | undefined) {
  await container?.delete({ force: true });
  parts.live.forget(record);
  parts.core.store.transaction(() => parts.core.tables.containers.delete(record.uid));
}

/** Its runtime works and has nothing of it: whatever it was has ended, and nobody knows how. */
function recordLoss({ core, exits, log }: ContainerParts, record: ContainerRecord): void {
  const { namespace, id } = record;
  if (core.tables.exits.find(record, "") !== undefined) return;
  log.warn({ namespace, id }, "the runtime of a container has nothing of it any more");
  const exit = { pid: 0, status: lostStatus, exitedAt: core.now(), oomKilled: false };
  core.store.transaction(() => exits.record(record, "", exit));
}

function findStrays(
  parts: ContainerParts,
  loaded: ReadonlyMap<string, Loaded>,
  recorded: ReadonlySet<string>,
): readonly Stray[] {
  const strays = [...loaded.values()].flatMap(({ runtime, entries }) =>
    [...entries].flatMap(([key, { namespace, id }]) => (recorded.has(key) ? [] : [{ runtime, namespace, id }])),
  );
  for (const stray of strays) parts.log.warn(stray, "a runtime has a container that there is no record of");
  return strays;
}
