import assert from "node:assert/strict";
import { collect, exactlyOneResolves, rejectsWith } from "../assertions.ts";
import type { CaseGroup } from "../suite.ts";
import { commitEmpty, type SnapshotterHarness } from "./harness.ts";

export const removeCases: CaseGroup<SnapshotterHarness> = {
  "remove removes active, view and committed snapshots alike": async ({ snapshotter }) => {
    await snapshotter.prepare("active", null);
    await snapshotter.view("view", null);
    await commitEmpty(snapshotter, "committed");
    for (const name of ["active", "view", "committed"]) {
      await snapshotter.remove(name);
      await rejectsWith("not-found", snapshotter.stat(name));
      await rejectsWith("not-found", snapshotter.usage(name));
    }
    assert.deepEqual(await collect(snapshotter.walk()), []);
  },

  "remove rejects an unknown name with not-found": async ({ snapshotter }) => {
    await rejectsWith("not-found", snapshotter.remove("nothing"));
    await rejectsWith("not-found", snapshotter.remove(""));
    await snapshotter.prepare("key", null);
    await snapshotter.remove("key");
    await rejectsWith("not-found", snapshotter.remove("key"));
  },

  "remove frees the identifier for either kind": async ({ snapshotter }) => {
    await commitEmpty(snapshotter, "base");
    await snapshotter.prepare("key", "base");
    await snapshotter.remove("key");
    await snapshotter.view("key", "base");
    await snapshotter.remove("key");
    await snapshotter.prepare("key", null);
    await snapshotter.remove("key");
    await commitEmpty(snapshotter, "key");
    await snapshotter.remove("key");
    await commitEmpty(snapshotter, "key", "base");
    assert.equal((await snapshotter.stat("key")).parent, "base");
  },

  "remove rejects a parent with failed-precondition, says how many children it has, and changes nothing": async ({
    snapshotter,
  }) => {
    await commitEmpty(snapshotter, "base");
    await snapshotter.prepare("active child", "base");
    await snapshotter.view("view child", "base");
    await commitEmpty(snapshotter, "committed child", "base");
    const before = await collect(snapshotter.walk());
    for (let round = 0; round < 2; round += 1) {
      const error = await rejectsWith("failed-precondition", snapshotter.remove("base"));
      assert.match(error.message, /\b3\b/);
      assert.match(error.message, /remove/);
    }
    assert.deepEqual(await collect(snapshotter.walk()), before);
    for (const child of ["active child", "view child", "committed child"]) {
      await rejectsWith("failed-precondition", snapshotter.remove("base"));
      await snapshotter.remove(child);
    }
    await snapshotter.remove("base");
  },

  "remove takes a chain from its top to its bottom only": async ({ snapshotter }) => {
    await commitEmpty(snapshotter, "bottom");
    await commitEmpty(snapshotter, "middle", "bottom");
    await commitEmpty(snapshotter, "top", "middle");
    await rejectsWith("failed-precondition", snapshotter.remove("middle"));
    await rejectsWith("failed-precondition", snapshotter.remove("bottom"));
    await snapshotter.remove("top");
    await rejectsWith("failed-precondition", snapshotter.remove("bottom"));
    await snapshotter.remove("middle");
    await snapshotter.remove("bottom");
  },

  "remove by 32 callers at once has exactly one winner, the others get not-found": async ({ snapshotter }) => {
    await snapshotter.prepare("key", null);
    await exactlyOneResolves(
      Array.from({ length: 32 }, () => snapshotter.remove("key")),
      "not-found",
    );
  },

  "remove and prepare of one key again and again never meet the former snapshot": async ({ snapshotter }) => {
    await commitEmpty(snapshotter, "base");
    const seen = new Set<string>();
    for (let round = 0; round < 16; round += 1) {
      seen.add(JSON.stringify(await snapshotter.prepare("key", "base")));
      await snapshotter.remove("key");
    }
    assert.equal(seen.size, 16);
  },
};
