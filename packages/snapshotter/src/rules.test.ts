import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ErrorKind, isOperationError } from "@gantry/api";
import { createMemoryStore } from "./records/sqlite-store.ts";
import { Rules } from "./rules.ts";

/** "base", committed, with one child "child"; a writable "key" and a "view", both without a parent. */
async function furnished(): Promise<Rules> {
  const store = createMemoryStore();
  const common = { labels: new Map<string, string>(), at: new Date(0) };
  const usage = { sizeBytes: 0n, inodes: 0n };
  await store.addActive({ ...common, id: 1, name: "making base", readonly: false, parentId: null });
  await store.replaceByCommitted(1, { ...common, name: "base", usage });
  await store.addActive({ ...common, id: 2, name: "child", readonly: false, parentId: 1 });
  await store.addActive({ ...common, id: 3, name: "key", readonly: false, parentId: null });
  await store.addActive({ ...common, id: 4, name: "view", readonly: true, parentId: null });
  return new Rules(store);
}

type Demand = Exclude<keyof Rules, "free">;

const expected: Readonly<Record<Demand, Readonly<Record<string, number | ErrorKind>>>> = {
  existing: { base: 1, child: 2, key: 3, view: 4, nothing: "not-found", "": "not-found", "\ud800": "not-found" },
  parent: { base: 1, key: "failed-precondition", view: "failed-precondition", nothing: "not-found" },
  mountable: { base: "failed-precondition", key: 3, view: 4, nothing: "not-found" },
  committable: { base: "failed-precondition", key: 3, view: "failed-precondition", nothing: "not-found" },
  removable: { base: "failed-precondition", child: 2, key: 3, view: 4, nothing: "not-found" },
};

describe("Rules", () => {
  for (const [demand, outcomes] of Object.entries(expected)) {
    for (const [name, outcome] of Object.entries(outcomes)) {
      it(`${demand} of ${JSON.stringify(name)} ${typeof outcome === "number" ? "finds it" : `throws ${outcome}`}`, async () => {
        const rules = await furnished();
        const ask = (): number => {
          switch (demand) {
            case "parent":
            case "mountable":
            case "committable":
            case "removable":
              return rules[demand](name).id;
            default:
              return rules.existing(name).id;
          }
        };
        if (typeof outcome === "number") {
          assert.equal(ask(), outcome);
        } else {
          assert.throws(ask, (error) => isOperationError(error, outcome));
        }
      });
    }
  }

  it("free throws already-exists that says what the name is", async () => {
    const rules = await furnished();
    rules.free("nothing");
    assert.throws(() => rules.free("base"), /"base": names a committed snapshot/);
    assert.throws(() => rules.free("view"), /"view": names an active snapshot/);
  });
});
