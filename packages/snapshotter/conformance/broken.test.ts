import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { brokenSnapshotters, runCase, snapshotterSuite } from "@gantry/api/testing";
import { createMemoryDriver } from "../src/drivers/memory.ts";
import { createMemoryStore } from "../src/records/sqlite-store.ts";
import { createSnapshotter } from "../src/snapshotter.ts";

describe("the snapshotter suite notices a snapshotter that", () => {
  for (const [mistake, { spoil, noticedBy }] of Object.entries(brokenSnapshotters)) {
    for (const title of noticedBy) {
      it(`${mistake}, by "${title}"`, async () => {
        const suite = snapshotterSuite(async () => {
          const sound = await createSnapshotter(createMemoryDriver(), createMemoryStore());
          return { snapshotter: spoil(sound), close: () => sound.close() };
        });
        const body = suite.get(title) ?? assert.fail("the suite has no such case");
        const outcome = await runCase(body);
        assert.equal(outcome.status, "fail");
      });
    }
  }
});
