import assert from "node:assert/strict";
import { labelMaxBytes, labelMaxCount } from "../../labels.ts";
import { collect, exactlyOneResolves, rejectsWith } from "../assertions.ts";
import type { CaseGroup } from "../suite.ts";
import { commitEmpty, type SnapshotterHarness } from "./harness.ts";

const malformed = ["", "a\0b", "x".repeat(513), "é".repeat(257), "lone \ud800 surrogate"];

/** Keys that would do harm, or become one, if anything took them for more than opaque text. */
const odd = [
  "/",
  "..",
  "../../../../tmp/escape",
  "a/b/c",
  "~",
  "-rf",
  "two\nlines",
  "quote ' \" ` $(id)",
  "%_*?",
  "__proto__",
  "constructor",
  "caf\u00e9",
  "cafe\u0301",
  "\u{1f4e6}",
  "Case",
  "case",
  "x".repeat(512),
];

export const beginCases: CaseGroup<SnapshotterHarness> = {
  "prepare makes an active, writable snapshot with its key, parent, labels and times": async ({ snapshotter }) => {
    await commitEmpty(snapshotter, "base");
    const before = Date.now();
    const mounts = await snapshotter.prepare("key", "base", { labels: new Map([["a", "1"]]) });
    const after = Date.now();
    assert.ok(mounts.length >= 1);
    const { createdAt, updatedAt, ...info } = await snapshotter.stat("key");
    const labels = new Map([["a", "1"]]);
    assert.deepEqual(info, { name: "key", kind: "active", parent: "base", readonly: false, labels });
    // A clock of another process may be a little off.
    assert.ok(createdAt.getTime() >= before - 1000 && createdAt.getTime() <= after + 1000, `${createdAt}`);
    assert.deepEqual(updatedAt, createdAt);
  },

  "prepare makes a snapshot without a parent from nothing": async ({ snapshotter }) => {
    const mounts = await snapshotter.prepare("key", null);
    assert.ok(mounts.length >= 1);
    assert.equal((await snapshotter.stat("key")).parent, null);
  },

  "view makes an active, readonly snapshot whose mounts say ro": async ({ snapshotter }) => {
    await commitEmpty(snapshotter, "base");
    for (const [key, parent] of [
      ["over base", "base"],
      ["over nothing", null],
    ] as const) {
      const before = Date.now();
      const mounts = await snapshotter.view(key, parent);
      const after = Date.now();
      assert.ok(mounts.length >= 1);
      for (const mount of mounts) {
        assert.ok(mount.options.includes("ro"), JSON.stringify(mount));
      }
      const { kind, readonly, parent: stored, createdAt } = await snapshotter.stat(key);
      assert.ok(createdAt.getTime() >= before - 1000 && createdAt.getTime() <= after + 1000, `${createdAt}`);
      assert.deepEqual({ kind, readonly, parent: stored }, { kind: "active", readonly: true, parent });
    }
  },

  "prepare and view reject a key in use by an active snapshot with already-exists": async ({ snapshotter }) => {
    await snapshotter.prepare("prepared", null);
    await snapshotter.view("viewed", null);
    for (const key of ["prepared", "viewed"]) {
      const before = await snapshotter.stat(key);
      await rejectsWith("already-exists", snapshotter.prepare(key, null));
      await rejectsWith("already-exists", snapshotter.view(key, null));
      assert.deepEqual(await snapshotter.stat(key), before);
    }
  },

  "prepare and view reject a key in use by a committed snapshot with already-exists": async ({ snapshotter }) => {
    await commitEmpty(snapshotter, "name");
    await rejectsWith("already-exists", snapshotter.prepare("name", null));
    await rejectsWith("already-exists", snapshotter.view("name", null));
    assert.equal((await snapshotter.stat("name")).kind, "committed");
  },

  "prepare and view reject an unknown parent with not-found and leave nothing": async ({ snapshotter }) => {
    for (const parent of ["nothing", "", "a\0b", "x".repeat(4096)]) {
      await rejectsWith("not-found", snapshotter.prepare("key", parent));
      await rejectsWith("not-found", snapshotter.view("key", parent));
    }
    await rejectsWith("not-found", snapshotter.stat("key"));
    await snapshotter.prepare("key", null);
  },

  "prepare and view reject an active parent with failed-precondition": async ({ snapshotter }) => {
    await snapshotter.prepare("active", null);
    await snapshotter.view("view", null);
    for (const parent of ["active", "view"]) {
      await rejectsWith("failed-precondition", snapshotter.prepare("key", parent));
      await rejectsWith("failed-precondition", snapshotter.view("key", parent));
    }
    await rejectsWith("not-found", snapshotter.stat("key"));
  },

  "prepare and view reject their own key as parent with not-found": async ({ snapshotter }) => {
    await rejectsWith("not-found", snapshotter.prepare("key", "key"));
    await rejectsWith("not-found", snapshotter.view("key", "key"));
  },

  "prepare and view reject a malformed key with invalid-argument": async ({ snapshotter }) => {
    for (const key of malformed) {
      await rejectsWith("invalid-argument", snapshotter.prepare(key, null));
      await rejectsWith("invalid-argument", snapshotter.view(key, null));
    }
    assert.deepEqual(await collect(snapshotter.walk()), []);
  },

  "prepare takes keys that look like paths, patterns or properties as they are": async ({ snapshotter }) => {
    for (const key of odd) {
      await snapshotter.prepare(key, null);
    }
    for (const key of odd) {
      assert.equal((await snapshotter.stat(key)).name, key);
      await snapshotter.commit(`${key.slice(0, 500)} name`, key);
      await rejectsWith("not-found", snapshotter.stat(key));
      await snapshotter.remove(`${key.slice(0, 500)} name`);
    }
    assert.deepEqual(await collect(snapshotter.walk()), []);
  },

  "prepare and view reject a label that breaks its rule with invalid-argument": async ({ snapshotter }) => {
    const broken = [
      new Map([["", "no key"]]),
      new Map([["k", "v".repeat(labelMaxBytes)]]),
      new Map([["k", "é".repeat(labelMaxBytes / 2)]]),
      new Map(Array.from({ length: labelMaxCount + 1 }, (_, index) => [`${index}`, ""])),
    ];
    for (const labels of broken) {
      await rejectsWith("invalid-argument", snapshotter.prepare("key", null, { labels }));
      await rejectsWith("invalid-argument", snapshotter.view("key", null, { labels }));
    }
    await rejectsWith("not-found", snapshotter.stat("key"));
  },

  "prepare keeps labels byte for byte, __proto__ among their keys": async ({ snapshotter }) => {
    const labels = new Map([
      ["__proto__", "kept"],
      ["constructor", "kept too"],
      ["with.dots/and slashes", ""],
      ["empty", ""],
      ["k", "v".repeat(labelMaxBytes - 1)],
      ["line\nbreak", '\u{1f4e6} \u0000 " \\'],
    ]);
    await snapshotter.prepare("key", null, { labels });
    assert.deepEqual((await snapshotter.stat("key")).labels, labels);
  },

  "prepare keeps the labels of the moment of the call": async ({ snapshotter }) => {
    const labels = new Map([["a", "1"]]);
    const call = snapshotter.prepare("key", null, { labels });
    labels.set("a", "2");
    await call;
    assert.deepEqual((await snapshotter.stat("key")).labels, new Map([["a", "1"]]));
  },

  "prepare of one key by 64 callers at once has exactly one winner, the others get already-exists": async ({
    snapshotter,
  }) => {
    await commitEmpty(snapshotter, "base");
    const calls = Array.from({ length: 64 }, () => snapshotter.prepare("key", "base"));
    const winner = await exactlyOneResolves(calls, "already-exists");
    assert.deepEqual(await snapshotter.mounts("key"), await calls[winner]);
    await snapshotter.remove("key");
    await rejectsWith("not-found", snapshotter.stat("key"));
  },

  "prepare and view of one key at once have exactly one winner, the others get already-exists": async ({
    snapshotter,
  }) => {
    const calls = Array.from({ length: 32 }, (_, index) =>
      index % 2 === 0 ? snapshotter.prepare("key", null) : snapshotter.view("key", null),
    );
    const winner = await exactlyOneResolves(calls, "already-exists");
    assert.equal((await snapshotter.stat("key")).readonly, winner % 2 === 1);
  },

  "prepare of many keys at once makes each, with mounts of its own": async ({ snapshotter }) => {
    await commitEmpty(snapshotter, "base");
    const all = await Promise.all(
      Array.from({ length: 64 }, (_, index) => snapshotter.prepare(`key ${index}`, "base")),
    );
    assert.equal(new Set(all.map((mounts) => JSON.stringify(mounts))).size, 64);
  },

  "prepare while its parent is removed leaves no snapshot without its parent": async ({ snapshotter }) => {
    for (let round = 0; round < 8; round += 1) {
      await commitEmpty(snapshotter, "base");
      const calls = [() => snapshotter.remove("base"), () => snapshotter.prepare("key", "base")];
      const [first, second] = round % 2 === 0 ? calls : calls.toReversed();
      await Promise.allSettled([first?.(), second?.()]);
      const names = (await collect(snapshotter.walk())).map(({ name }) => name);
      assert.ok(["", "base,key"].includes(names.join()), names.join());
      for (const name of names.toReversed()) {
        await snapshotter.remove(name);
      }
    }
  },

  "mounts returns what prepare and view returned, each time": async ({ snapshotter }) => {
    await commitEmpty(snapshotter, "base");
    const prepared = await snapshotter.prepare("prepared", "base");
    const viewed = await snapshotter.view("viewed", "base");
    for (let round = 0; round < 2; round += 1) {
      assert.deepEqual(await snapshotter.mounts("prepared"), prepared);
      assert.deepEqual(await snapshotter.mounts("viewed"), viewed);
    }
  },

  "mounts rejects an unknown key with not-found": async ({ snapshotter }) => {
    await rejectsWith("not-found", snapshotter.mounts("nothing"));
    await rejectsWith("not-found", snapshotter.mounts(""));
  },

  "mounts rejects a committed name with failed-precondition": async ({ snapshotter }) => {
    await commitEmpty(snapshotter, "name");
    await rejectsWith("failed-precondition", snapshotter.mounts("name"));
  },
};
