import assert from "node:assert/strict";
import type { Snapshotter } from "../../snapshotter.ts";
import { collect, exactlyOneResolves, rejectsWith } from "../assertions.ts";
import type { CaseGroup } from "../suite.ts";
import { commitEmpty, type SnapshotterHarness } from "./harness.ts";

export const commitCases: CaseGroup<SnapshotterHarness> = {
  "commit makes a committed snapshot with the parent of the key": async ({ snapshotter }) => {
    await commitEmpty(snapshotter, "base");
    await snapshotter.prepare("key", "base");
    const before = Date.now();
    await snapshotter.commit("name", "key", { labels: new Map([["a", "1"]]) });
    const { createdAt, updatedAt, ...info } = await snapshotter.stat("name");
    const labels = new Map([["a", "1"]]);
    assert.deepEqual(info, { name: "name", kind: "committed", parent: "base", readonly: false, labels });
    assert.ok(createdAt.getTime() >= before - 1000, `${createdAt}`);
    assert.deepEqual(updatedAt, createdAt);
  },

  "commit consumes the key: a second one rejects with not-found": async ({ snapshotter }) => {
    await snapshotter.prepare("key", null);
    await snapshotter.commit("name", "key");
    await rejectsWith("not-found", snapshotter.commit("other", "key"));
    await rejectsWith("not-found", snapshotter.stat("key"));
    await rejectsWith("not-found", snapshotter.mounts("key"));
    await rejectsWith("not-found", snapshotter.remove("key"));
    await rejectsWith("not-found", snapshotter.stat("other"));
    assert.equal((await snapshotter.stat("name")).kind, "committed");
  },

  "commit frees the key for reuse as either kind": async ({ snapshotter }) => {
    await snapshotter.prepare("key", null);
    await snapshotter.commit("name", "key");
    await snapshotter.view("key", "name");
    await snapshotter.remove("key");
    await commitEmpty(snapshotter, "key", "name");
    assert.equal((await snapshotter.stat("key")).kind, "committed");
  },

  "commit keeps the chain of parents": async ({ snapshotter }) => {
    await commitEmpty(snapshotter, "bottom");
    await commitEmpty(snapshotter, "middle", "bottom");
    await commitEmpty(snapshotter, "top", "middle");
    assert.equal((await snapshotter.stat("top")).parent, "middle");
    assert.equal((await snapshotter.stat("middle")).parent, "bottom");
    assert.equal((await snapshotter.stat("bottom")).parent, null);
  },

  "commit does not inherit the labels of the key": async ({ snapshotter }) => {
    await snapshotter.prepare("key", null, { labels: new Map([["a", "1"]]) });
    await snapshotter.commit("name", "key");
    assert.deepEqual((await snapshotter.stat("name")).labels, new Map());
  },

  "commit rejects an unknown key with not-found and makes nothing": async ({ snapshotter }) => {
    await rejectsWith("not-found", snapshotter.commit("name", "nothing"));
    await rejectsWith("not-found", snapshotter.stat("name"));
  },

  "commit rejects a committed key with failed-precondition": async ({ snapshotter }) => {
    await commitEmpty(snapshotter, "committed");
    await rejectsWith("failed-precondition", snapshotter.commit("name", "committed"));
    await rejectsWith("not-found", snapshotter.stat("name"));
    assert.equal((await snapshotter.stat("committed")).kind, "committed");
  },

  "commit rejects a view with failed-precondition and leaves it": async ({ snapshotter }) => {
    await commitEmpty(snapshotter, "base");
    const mounts = await snapshotter.view("view", "base");
    await rejectsWith("failed-precondition", snapshotter.commit("name", "view"));
    await rejectsWith("not-found", snapshotter.stat("name"));
    assert.deepEqual(await snapshotter.mounts("view"), mounts);
  },

  "commit rejects a name in use with already-exists and leaves the key as it was": async ({ snapshotter }) => {
    await commitEmpty(snapshotter, "committed");
    await snapshotter.prepare("active", null);
    const mounts = await snapshotter.prepare("key", "committed", { labels: new Map([["a", "1"]]) });
    const before = await snapshotter.stat("key");
    for (const name of ["committed", "active", "key"]) {
      await rejectsWith("already-exists", snapshotter.commit(name, "key"));
      assert.deepEqual(await snapshotter.stat("key"), before);
      assert.deepEqual(await snapshotter.mounts("key"), mounts);
    }
    await snapshotter.commit("name", "key");
  },

  "commit rejects a malformed name or label with invalid-argument and leaves the key": async ({ snapshotter }) => {
    await snapshotter.prepare("key", null);
    for (const name of ["", "a\0b", "x".repeat(513), "\udfff"]) {
      await rejectsWith("invalid-argument", snapshotter.commit(name, "key"));
    }
    await rejectsWith("invalid-argument", snapshotter.commit("name", "key", { labels: new Map([["", ""]]) }));
    await rejectsWith("not-found", snapshotter.stat("name"));
    await snapshotter.commit("name", "key");
  },

  "commit of one key under 32 names at once has exactly one winner, the others get not-found": async ({
    snapshotter,
  }) => {
    await snapshotter.prepare("key", null);
    const calls = Array.from({ length: 32 }, (_, index) => snapshotter.commit(`name ${index}`, "key"));
    const winner = await exactlyOneResolves(calls, "not-found");
    assert.deepEqual(await namesOf(snapshotter), [`name ${winner}`]);
  },

  "commit of 32 keys under one name at once has exactly one winner, the others get already-exists": async ({
    snapshotter,
  }) => {
    const keys = Array.from({ length: 32 }, (_, index) => `key ${index}`);
    await Promise.all(keys.map((key) => snapshotter.prepare(key, null)));
    const calls = keys.map((key) => snapshotter.commit("name", key));
    const winner = await exactlyOneResolves(calls, "already-exists");
    const rest = keys.filter((_, index) => index !== winner);
    assert.deepEqual(new Set(await namesOf(snapshotter)), new Set(["name", ...rest]));
  },

  "commit and remove of one key at once do one or the other": async ({ snapshotter }) => {
    for (let round = 0; round < 8; round += 1) {
      await snapshotter.prepare("key", null);
      const calls = [() => snapshotter.commit("name", "key"), () => snapshotter.remove("key")];
      const [first, second] = round % 2 === 0 ? calls : calls.toReversed();
      await exactlyOneResolves([first?.() ?? Promise.resolve(), second?.() ?? Promise.resolve()], "not-found");
      const names = await namesOf(snapshotter);
      assert.ok(["", "name"].includes(names.join()), names.join());
      await Promise.all(names.map((name) => snapshotter.remove(name)));
    }
  },
};

async function namesOf(snapshotter: Snapshotter): Promise<readonly string[]> {
  return (await collect(snapshotter.walk())).map(({ name }) => name);
}
