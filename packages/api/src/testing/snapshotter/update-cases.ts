import assert from "node:assert/strict";
import { labelMaxBytes, labelMaxCount } from "../../labels.ts";
import type { Snapshotter } from "../../snapshotter.ts";
import { rejectsWith } from "../assertions.ts";
import type { CaseGroup } from "../suite.ts";
import { commitEmpty, type SnapshotterHarness } from "./harness.ts";

export const updateCases: CaseGroup<SnapshotterHarness> = {
  "update replaces all labels and nothing else, for every kind": async ({ snapshotter }) => {
    for (const name of await oneOfEach(snapshotter)) {
      const before = await snapshotter.stat(name);
      assert.deepEqual(before.updatedAt, before.createdAt, name);
      const labels = new Map([["new", "1"]]);
      const after = await snapshotter.update(name, { labels });
      const { updatedAt, ...rest } = after;
      const { updatedAt: updatedBefore, ...restBefore } = before;
      assert.deepEqual(rest, { ...restBefore, labels });
      assert.ok(updatedAt >= updatedBefore);
      assert.deepEqual(await snapshotter.stat(name), after);
    }
  },

  "update moves updatedAt and leaves createdAt": async ({ snapshotter }) => {
    await snapshotter.prepare("key", null);
    const { createdAt } = await snapshotter.stat("key");
    // The clock has a step of a millisecond here; wait until it has moved on.
    while (Date.now() <= createdAt.getTime()) {
      await new Promise(setImmediate);
    }
    const updated = await snapshotter.update("key", { labels: new Map() });
    assert.deepEqual(updated.createdAt, createdAt);
    assert.ok(updated.updatedAt > createdAt);
  },

  "update of labels.KEY sets or deletes that label alone": async ({ snapshotter }) => {
    const labels = new Map([
      ["keep", "1"],
      ["change", "1"],
      ["drop", "1"],
    ]);
    await snapshotter.prepare("key", null, { labels });
    const change = new Map([
      ["keep", "not asked for"],
      ["change", "2"],
      ["with.dots", "3"],
      ["__proto__", "4"],
    ]);
    const fieldPaths = ["labels.change", "labels.drop", "labels.with.dots", "labels.__proto__", "labels.nothing"];
    const updated = await snapshotter.update("key", { labels: change }, { fieldPaths });
    const expected = new Map([
      ["keep", "1"],
      ["change", "2"],
      ["with.dots", "3"],
      ["__proto__", "4"],
    ]);
    assert.deepEqual(updated.labels, expected);
    assert.deepEqual((await snapshotter.stat("key")).labels, expected);
  },

  "update of the path labels replaces all labels": async ({ snapshotter }) => {
    await snapshotter.prepare("key", null, { labels: new Map([["a", "1"]]) });
    const updated = await snapshotter.update("key", { labels: new Map([["b", "2"]]) }, { fieldPaths: ["labels"] });
    assert.deepEqual(updated.labels, new Map([["b", "2"]]));
  },

  "update rejects every other path with invalid-argument and changes nothing": async ({ snapshotter }) => {
    await snapshotter.prepare("key", null, { labels: new Map([["a", "1"]]) });
    const before = await snapshotter.stat("key");
    for (const path of ["parent", "name", "kind", "readonly", "createdAt", "", "labels.", "Labels", "label.a"]) {
      const call = snapshotter.update("key", { labels: new Map() }, { fieldPaths: ["labels.a", path] });
      await rejectsWith("invalid-argument", call);
    }
    assert.deepEqual(await snapshotter.stat("key"), before);
  },

  "update rejects labels that break their rule with invalid-argument and changes nothing": async ({ snapshotter }) => {
    const full = Array.from({ length: labelMaxCount }, (_, index) => [`${index}`, ""] as const);
    await snapshotter.prepare("key", null, { labels: new Map(full) });
    const long = new Map([["k", "v".repeat(labelMaxBytes)]]);
    await rejectsWith("invalid-argument", snapshotter.update("key", { labels: long }));
    const more = { labels: new Map([["one more", ""]]) };
    await rejectsWith("invalid-argument", snapshotter.update("key", more, { fieldPaths: ["labels.one more"] }));
    assert.deepEqual((await snapshotter.stat("key")).labels, new Map(full));
  },

  "update rejects an unknown name with not-found": async ({ snapshotter }) => {
    await rejectsWith("not-found", snapshotter.update("nothing", { labels: new Map() }));
  },

  "update of different labels by many callers at once loses none": async ({ snapshotter }) => {
    await snapshotter.prepare("key", null);
    const keys = Array.from({ length: 32 }, (_, index) => `label${index}`);
    await Promise.all(
      keys.map((key) =>
        snapshotter.update("key", { labels: new Map([[key, "set"]]) }, { fieldPaths: [`labels.${key}`] }),
      ),
    );
    const { labels } = await snapshotter.stat("key");
    assert.deepEqual(new Set(labels.keys()), new Set(keys));
  },
};

async function oneOfEach(snapshotter: Snapshotter): Promise<readonly string[]> {
  const labels = new Map([["old", "1"]]);
  await commitEmpty(snapshotter, "base");
  await snapshotter.prepare("active", null, { labels });
  await snapshotter.prepare("active child", "base", { labels });
  await snapshotter.view("view", null, { labels });
  await snapshotter.view("view child", "base", { labels });
  await snapshotter.prepare("making", null);
  await snapshotter.commit("committed", "making", { labels });
  await snapshotter.prepare("making", "base");
  await snapshotter.commit("committed child", "making", { labels });
  return ["active", "active child", "view", "view child", "committed", "committed child"];
}
