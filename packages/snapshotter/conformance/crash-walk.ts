import { isOperationError, type Snapshotter } from "@gantry/api";
import type { FaultHook } from "../src/driver.ts";
import { openSnapshotStore } from "../src/records/sqlite-store.ts";
import { createSnapshotter, type LocalSnapshotter } from "../src/snapshotter.ts";
import type { Entry } from "./crash-journal.ts";
import { drivers, type Step, showsTrees, stateOf, steps } from "./crash-scenario.ts";
import { digestTree, withMounts, writeTree } from "./crash-tree.ts";

/** How a root is opened. */
export interface Opening {
  readonly root: string;
  /** One of {@link drivers}. */
  readonly driver: string;
  readonly fault?: FaultHook;
  /** What may lose what it has acknowledged. Default: nothing. */
  readonly unsynced?: { readonly records: boolean; readonly trees: boolean };
}

/** Opens the snapshotter of a root as the daemon does. */
export async function openRoot({ root, driver, fault = () => {}, unsynced }: Opening): Promise<LocalSnapshotter> {
  const openDriver = drivers.get(driver);
  if (openDriver === undefined) {
    throw new TypeError(`no driver ${driver}`);
  }
  const store = await openSnapshotStore(root, { fault, unsynced: unsynced?.records === true });
  try {
    const opened = await openDriver(root, { unsynced: unsynced?.trees === true });
    return await createSnapshotter(opened, store, { fault });
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Where a walk begins and who hears of it. */
export interface Walk {
  readonly driver: string;
  /** The first of {@link steps} to do. */
  readonly from: number;
  /** Whether the first has been begun before, so that it may be done already. */
  readonly repeated: boolean;
  readonly note: (entry: Entry) => void;
}

/** Does the steps of the scenario one after another; each has freed what it frees before the next begins. */
export async function walkSteps(snapshotter: LocalSnapshotter, walk: Walk): Promise<void> {
  for (const [index, step] of steps.entries()) {
    if (index >= walk.from) {
      try {
        await performStep(snapshotter, { index, step, walk });
      } catch (error) {
        const isDone = walk.repeated && index === walk.from && isOperationError(error, "already-exists", "not-found");
        if (!isDone) {
          throw new Error(`${step.title}: ${error}`, { cause: error });
        }
      }
    }
  }
}

async function performStep(
  snapshotter: LocalSnapshotter,
  { index, step, walk }: { readonly index: number; readonly step: Step; readonly walk: Walk },
): Promise<void> {
  const shows = showsTrees(walk.driver);
  if (shows && step.write !== undefined) {
    const { key, word } = step.write;
    await withMounts(await snapshotter.mounts(key), (path) => writeTree(path, word));
  }
  const digest = shows && step.commits !== undefined ? await digestKey(snapshotter, step.commits.key) : undefined;
  walk.note({ begun: index, ...(digest === undefined ? {} : { digest, name: step.commits?.name ?? "" }) });
  await step.perform(snapshotter);
  walk.note({ acknowledged: index, state: await stateOf(snapshotter) });
  await snapshotter.cleanup();
}

async function digestKey(snapshotter: Snapshotter, key: string): Promise<string> {
  return withMounts(await snapshotter.mounts(key), digestTree);
}
