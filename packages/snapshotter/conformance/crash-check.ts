import assert from "node:assert/strict";
import { checkAcknowledged, checkInvariants, checkRecords, type HowItEnded } from "./crash-invariants.ts";
import type { Ending } from "./crash-run.ts";
import { stateOf } from "./crash-scenario.ts";
import { openRoot, walkSteps } from "./crash-walk.ts";

/** A run that has ended, and what is to be found of it. */
export interface EndedRun {
  /** Not open. */
  readonly root: string;
  readonly driver: string;
  readonly ending: Ending;
  /** A run to the end with the same driver. */
  readonly whole: Ending;
  readonly end: HowItEnded;
}

/**
 * Opens what a run has left, and checks that it is as the run was told, that the step which was cut off can be repeated,
 * and that all that remains can be done then.
 */
export async function checkAfterEnd({ root, driver, ending, whole, end }: EndedRun): Promise<void> {
  const { account } = ending;
  const { states } = whole.account;
  const snapshotter = await openRoot({ root, driver });
  const digests = new Map(account.digests);
  try {
    await checkAcknowledged(snapshotter, account, { states, end });
    await checkInvariants({ snapshotter, root, driver, digests });
    await walkSteps(snapshotter, {
      driver,
      from: account.acknowledged,
      repeated: account.begun > account.acknowledged,
      note: (entry) => {
        if ("digest" in entry && entry.name !== undefined && entry.digest !== undefined) {
          digests.set(entry.name, entry.digest);
        }
      },
    });
    assert.equal(await stateOf(snapshotter), states.at(-1), "the rest can be done");
    await checkInvariants({ snapshotter, root, driver, digests });
  } catch (error) {
    const last = account.points.at(-1)?.point ?? "the beginning";
    throw new Error(`ended at ${last}, ${account.acknowledged} steps acknowledged: ${error}`, { cause: error });
  } finally {
    await snapshotter.close();
  }
  checkRecords(root);
}

/**
 * Has `work` done for all items, for two at a time, since most of the time goes by waiting for disks and processes. What
 * has begun is at its end when this rejects.
 */
export async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const lane = async () => {
    for (const item of waiting) {
      await work(item);
    }
  };
  const lanes = [lane(), lane()];
  await Promise.allSettled(lanes);
  await Promise.all(lanes);
}
