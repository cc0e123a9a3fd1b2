import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { EventTable } from "../store/event-table.ts";
import { NamespaceTable } from "../store/namespace-table.ts";
import { Store } from "../store/store.ts";
import { temporaryDirectory } from "../testing/test-daemon.ts";
import { EventLog } from "./events/event-log.ts";
import { Namespaces } from "./namespaces.ts";

describe("Namespaces", () => {
  let directory: string;
  let store: Store;
  let namespaces: Namespaces;

  beforeEach(() => {
    directory = temporaryDirectory();
    store = Store.open(join(directory, "gantry.db"));
    const now = () => new Date();
    const events = new EventLog(store, new EventTable(store), now);
    namespaces = new Namespaces({ store, table: new NamespaceTable(store), events, now });
  });
  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const names = () => namespaces.list().map(({ name }) => name);

  it("makes one with the first thing in it, once", () => {
    for (let count = 0; count < 2; count += 1) store.transaction(() => namespaces.ensure("new"));
    assert.deepEqual(names(), ["default", "new"]);
  });

  it("makes one again that went with the transaction that had made it", () => {
    const failing = () =>
      store.transaction(() => {
        namespaces.ensure("new");
        throw new TypeError("no");
      });
    assert.throws(failing, TypeError);
    assert.deepEqual(names(), ["default"]);
    // It used to be taken for one that is there, and things came to be in a namespace that was not.
    store.transaction(() => namespaces.ensure("new"));
    assert.deepEqual(names(), ["default", "new"]);
  });
});
