import assert from "node:assert/strict";
import { checkpointCases } from "./runtime/checkpoint-cases.ts";
import { createCases } from "./runtime/create-cases.ts";
import { execCases } from "./runtime/exec-cases.ts";
import { execEndCases } from "./runtime/exec-end-cases.ts";
import type { RuntimeHarness } from "./runtime/harness.ts";
import { lifeCases } from "./runtime/life-cases.ts";
import { reloadCases } from "./runtime/reload-cases.ts";
import { resourceCases } from "./runtime/resource-cases.ts";
import { streamCases } from "./runtime/stream-cases.ts";
import { bindSuite, type CaseGroup, type Suite } from "./suite.ts";

/**
 * What every implementation of `Runtime` must do, case by case. At the end of each, all containers are deleted by force,
 * and nothing of them may be left on the host.
 *
 * @param open - brings up an instance that has no containers; called once for each case, which closes what it gives
 */
export function runtimeSuite(open: () => Promise<RuntimeHarness>): Suite {
  const groups = [
    createCases,
    lifeCases,
    execCases,
    execEndCases,
    streamCases,
    resourceCases,
    checkpointCases,
    reloadCases,
  ];
  return bindSuite(open, groups.map(leavingNothing));
}

/** The same cases, each of which also checks that deleting what it made leaves nothing. */
function leavingNothing(group: CaseGroup<RuntimeHarness>): CaseGroup<RuntimeHarness> {
  const entries = Object.entries(group).map(([title, body]): [string, typeof body] => [
    title,
    async (harness, context) => {
      try {
        await body(harness, context);
      } finally {
        await deleteAll(harness);
      }
      assert.deepEqual(await harness.leftovers(), []);
    },
  ]);
  return Object.fromEntries(entries);
}

async function deleteAll(harness: RuntimeHarness): Promise<void> {
  // The case may have closed the instance; another one finds what it left.
  const found = await harness.runtime.load().catch(() => harness.reopen());
  await Promise.all(found.map((one) => "container" in one && one.container.delete({ force: true })));
}
