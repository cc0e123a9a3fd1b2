import { beginCases } from "./snapshotter/begin-cases.ts";
import { commitCases } from "./snapshotter/commit-cases.ts";
import { deepCases } from "./snapshotter/deep-cases.ts";
import type { SnapshotterHarness } from "./snapshotter/harness.ts";
import { layerCases } from "./snapshotter/layer-cases.ts";
import { lifeCases } from "./snapshotter/life-cases.ts";
import { metadataCases } from "./snapshotter/metadata-cases.ts";
import { removeCases } from "./snapshotter/remove-cases.ts";
import { treeCases } from "./snapshotter/tree-cases.ts";
import { updateCases } from "./snapshotter/update-cases.ts";
import { usageCases } from "./snapshotter/usage-cases.ts";
import { useCases } from "./snapshotter/use-cases.ts";
import { walkCases } from "./snapshotter/walk-cases.ts";
import { xattrCases } from "./snapshotter/xattr-cases.ts";
import { bindSuite, type Suite } from "./suite.ts";

/**
 * What every implementation of `Snapshotter` must do, case by case.
 *
 * @param open - brings up an instance that has no snapshots; called once for each case, which closes what it gives
 */
export function snapshotterSuite(open: () => Promise<SnapshotterHarness>): Suite {
  return bindSuite(open, [
    beginCases,
    commitCases,
    removeCases,
    walkCases,
    updateCases,
    usageCases,
    lifeCases,
    treeCases,
    layerCases,
    deepCases,
    metadataCases,
    xattrCases,
    useCases,
  ]);
}
