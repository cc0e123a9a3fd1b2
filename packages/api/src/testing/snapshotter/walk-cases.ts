import assert from "node:assert/strict";
import type { SnapshotFilter, Snapshotter } from "../../snapshotter.ts";
import { collect, rejectsWith } from "../assertions.ts";
import type { CaseGroup } from "../suite.ts";
import { commitEmpty, type SnapshotterHarness } from "./harness.ts";

export const walkCases: CaseGroup<SnapshotterHarness> = {
  "stat rejects an unknown name with not-found": async ({ snapshotter }) => {
    for (const name of ["nothing", "", "a\0b", "x".repeat(4096), "\ud800"]) {
      await rejectsWith("not-found", snapshotter.stat(name));
    }
  },

  "stat tells names apart that differ in case or in Unicode form alone": async ({ snapshotter }) => {
    await snapshotter.prepare("caf\u00e9", null);
    for (const name of ["cafe\u0301", "CAF\u00c9", "caf\u00e9 ", "\ufffd"]) {
      await rejectsWith("not-found", snapshotter.stat(name));
    }
  },

  "walk of an empty snapshotter shows nothing": async ({ snapshotter }) => {
    assert.deepEqual(await namesOf(snapshotter), []);
  },

  "walk shows exactly the snapshots there are, as stat does": async ({ snapshotter }) => {
    await grow(snapshotter);
    const shown = await collect(snapshotter.walk());
    assert.equal(shown.length, 5);
    for (const info of shown) {
      assert.deepEqual(await snapshotter.stat(info.name), info);
    }
  },

  "walk is ordered by the UTF-8 bytes of the names": async ({ snapshotter }) => {
    // U+FF61 sorts behind U+1F4E6 in UTF-16, and before it in UTF-8.
    const names = ["Z", "a", "a b", "a/b", "aa", "b", "\u00e9", "\uff61", "\u{1f4e6}"];
    for (const name of names.toReversed()) {
      await snapshotter.prepare(name, null);
    }
    assert.deepEqual(await namesOf(snapshotter), names);
  },

  "walk shows hundreds of snapshots, each once": async ({ snapshotter }) => {
    const names = Array.from({ length: 600 }, (_, index) => `key ${1000 + index}`);
    for (let start = 0; start < names.length; start += 50) {
      await Promise.all(names.slice(start, start + 50).map((name) => snapshotter.prepare(name, null)));
    }
    assert.deepEqual(await namesOf(snapshotter), names);
  },

  "walk by kind, parent, prefix and labels shows what matches all of them": async ({ snapshotter }) => {
    await grow(snapshotter);
    const cases: readonly (readonly [SnapshotFilter, string])[] = [
      [{ kind: "active" }, "active,view"],
      [{ kind: "committed" }, "base,other,top"],
      [{ parent: "base" }, "active,top"],
      [{ parent: null }, "base,other"],
      [{ parent: "nothing" }, ""],
      [{ namePrefix: "" }, "active,base,other,top,view"],
      [{ namePrefix: "o" }, "other"],
      [{ namePrefix: "%" }, ""],
      [{ labels: new Map([["team", "a"]]) }, "active,base"],
      [{ labels: new Map([["team", ""]]) }, ""],
      [{ labels: new Map([["__proto__", "x"]]) }, "other"],
      [{ labels: new Map([["constructor", ""]]) }, ""],
      [{ labels: new Map() }, "active,base,other,top,view"],
      [{ kind: "committed", labels: new Map([["team", "a"]]) }, "base"],
      [{ kind: "active", parent: "base", namePrefix: "act", labels: new Map([["team", "a"]]) }, "active"],
    ];
    for (const [filter, expected] of cases) {
      assert.equal((await namesOf(snapshotter, filter)).join(), expected, JSON.stringify(filter));
    }
  },

  "walk by prefix compares whole UTF-8 names, patterns and NUL mean nothing": async ({ snapshotter }) => {
    for (const name of ["a_b", "a%b", "axb", "A_b", "\u00e9t\u00e9"]) {
      await snapshotter.prepare(name, null);
    }
    assert.deepEqual(await namesOf(snapshotter, { namePrefix: "a_" }), ["a_b"]);
    assert.deepEqual(await namesOf(snapshotter, { namePrefix: "a%" }), ["a%b"]);
    assert.deepEqual(await namesOf(snapshotter, { namePrefix: "\u00e9" }), ["\u00e9t\u00e9"]);
    assert.deepEqual(await namesOf(snapshotter, { namePrefix: "a\0" }), []);
  },

  "walk lets stat and remove happen between its steps": async ({ snapshotter }) => {
    for (let index = 0; index < 20; index += 1) {
      await snapshotter.prepare(`key ${10 + index}`, null);
    }
    let steps = 0;
    for await (const info of snapshotter.walk()) {
      assert.deepEqual(await snapshotter.stat(info.name), info);
      await snapshotter.remove(info.name);
      steps += 1;
    }
    assert.equal(steps, 20);
    assert.deepEqual(await namesOf(snapshotter), []);
  },

  "walk shows the list of its first step: what is made meanwhile stays out": async ({ snapshotter }) => {
    await snapshotter.prepare("a", null);
    await snapshotter.prepare("m", null);
    const shown: string[] = [];
    for await (const { name } of snapshotter.walk()) {
      if (name === "a") {
        await snapshotter.prepare("b", null);
        await snapshotter.prepare("z", null);
      }
      shown.push(name);
    }
    assert.deepEqual(shown, ["a", "m"]);
  },

  "walk can be left early and begun again": async ({ snapshotter }) => {
    await snapshotter.prepare("a", null);
    await snapshotter.prepare("b", null);
    for await (const { name } of snapshotter.walk()) {
      assert.equal(name, "a");
      break;
    }
    assert.deepEqual(await namesOf(snapshotter), ["a", "b"]);
  },
};

async function grow(snapshotter: Snapshotter): Promise<void> {
  await commitEmpty(snapshotter, "base");
  await snapshotter.update("base", { labels: new Map([["team", "a"]]) });
  await commitEmpty(snapshotter, "other");
  await snapshotter.update("other", { labels: new Map([["__proto__", "x"]]) });
  await commitEmpty(snapshotter, "top", "base");
  await snapshotter.prepare("active", "base", { labels: new Map([["team", "a"]]) });
  await snapshotter.view("view", "top", { labels: new Map([["team", "b"]]) });
}

async function namesOf(snapshotter: Snapshotter, filter?: SnapshotFilter): Promise<readonly string[]> {
  return (await collect(snapshotter.walk(filter))).map(({ name }) => name);
}
