import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { registerSuite, runCase, runtimeSuite } from "@gantry/api/testing";
import { spoiltHarness, withProcesses } from "./altered.ts";
import { type BrokenRuntime, brokenRuntimes } from "./broken-runtimes.ts";
import { openInMemory } from "./simulated-harness.ts";

/** A case that takes so long has noticed that something never comes; sound ones take a few milliseconds. */
const deadlineMs = 2_000;

/** Runs one case of the suite against the spoilt runtime, and tells how it ended, which may be never. */
async function outcomeOf(title: string, { spoil }: BrokenRuntime): Promise<string> {
  const opened: Awaited<ReturnType<typeof openInMemory>>[] = [];
  const suite = runtimeSuite(async () => {
    const sound = await openInMemory();
    opened.push(sound);
    return spoiltHarness(sound, spoil);
  });
  const body = suite.get(title) ?? assert.fail(`the suite has no case "${title}"`);
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(late.resolve, deadlineMs, "never");
  const outcome = await Promise.race([runCase(body).then(({ status }) => status), late.promise]);
  clearTimeout(timer);
  // A case that never ends cannot close what it has opened.
  for (const harness of opened) await harness.close();
  return outcome;
}

describe("the runtime suite notices a runtime that", { concurrency: 8 }, () => {
  for (const [mistake, broken] of Object.entries(brokenRuntimes)) {
    for (const title of broken.noticedBy) {
      it(`${mistake}, by "${title}"`, async () => {
        assert.match(await outcomeOf(title, broken), /^(?:fail|never)$/);
      });
    }
  }
});

// What is noticed is the mistake, not that there is something between the suite and the runtime.
registerSuite(
  "runtime: simulated, changed in nothing",
  runtimeSuite(async () => spoiltHarness(await openInMemory(), (sound) => withProcesses(sound, () => ({})))),
  { concurrency: 4 },
);
