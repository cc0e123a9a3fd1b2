import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { isOperationError } from "@gantry/api";
import { EventTable } from "../../store/event-table.ts";
import { Store } from "../../store/store.ts";
import { temporaryDirectory } from "../../testing/test-daemon.ts";
import { EventLog, type Subscription } from "./event-log.ts";

describe("EventLog", () => {
  let directory: string;
  let store: Store;
  let table: EventTable;
  let log: EventLog;

  beforeEach(() => {
    directory = temporaryDirectory();
    store = Store.open(join(directory, "gantry.db"));
    table = new EventTable(store);
    log = new EventLog(store, table, () => new Date());
  });
  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const append = (subject: string, namespace = "default") =>
    store.transaction(() => log.append({ namespace, topic: "image.created", subject }));

  const subscription = (options: Partial<Subscription> = {}): Subscription => ({
    ...{ afterSequence: 0n, fromNow: false, follow: false, namespace: "default", matches: () => true },
    signal: new AbortController().signal,
    ...options,
  });

  const subjects = async (options: Partial<Subscription> = {}) => {
    const deliveries = await Array.fromAsync(log.subscribe(subscription(options)));
    return deliveries.flatMap(({ event }) => (event === null ? [] : [event.subject]));
  };

  it("says first that the reader stands, and where the log ends", async () => {
    append("a");
    const [first] = await Array.fromAsync(log.subscribe(subscription()));
    assert.deepEqual(first, { event: null, cursor: 1n });
  });

  it("misses nothing and repeats nothing for who comes back with a cursor", async () => {
    for (let count = 0; count < 600; count += 1) append(`${count}`);
    assert.deepEqual(await subjects({ afterSequence: 597n }), ["597", "598", "599"]);
    assert.equal((await subjects()).length, 600);
  });

  it("shows events of other namespaces only to who wants all", async () => {
    append("mine");
    append("theirs", "other");
    assert.deepEqual(await subjects(), ["mine"]);
    assert.deepEqual(await subjects({ namespace: null }), ["mine", "theirs"]);
  });

  it("follows what happens from now on, and ends with the reason of the signal", async () => {
    append("before");
    const controller = new AbortController();
    const events = log.subscribe(subscription({ fromNow: true, follow: true, signal: controller.signal }));
    assert.equal((await events.next()).value?.event, null);
    const next = events.next();
    append("other's", "other");
    append("after");
    assert.equal((await next).value?.event?.subject, "after");
    const last = events.next();
    controller.abort(new TypeError("enough"));
    await assert.rejects(last, /enough/);
  });

  it("shows an event whose sync follows later to followers and to who asks then", async () => {
    append("before");
    const controller = new AbortController();
    const events = log.subscribe(subscription({ fromNow: true, follow: true, signal: controller.signal }));
    assert.equal((await events.next()).value?.event, null);
    const next = events.next();
    store.write(() => log.append({ namespace: "default", topic: "image.created", subject: "written" }));
    assert.equal((await next).value?.event?.subject, "written");
    store.write(() => log.append({ namespace: "default", topic: "image.created", subject: "more" }));
    assert.deepEqual(await subjects(), ["before", "written", "more"]);
    controller.abort();
  });

  it("shows nobody an event that is written and not on the disk yet", async () => {
    append("synced");
    const events = log.subscribe(subscription());
    // Here the reader stands: what was asked for before is on the disk.
    await events.next();
    store.write(() => log.append({ namespace: "default", topic: "image.created", subject: "written" }));
    const shown: (string | undefined)[] = [];
    for await (const { event } of events) shown.push(event?.subject);
    assert.deepEqual(shown, ["synced"]);
    assert.deepEqual(await subjects(), ["synced", "written"]);
  });

  it("says nothing of an event whose transaction failed", async () => {
    const failing = () =>
      store.transaction(() => {
        log.append({ namespace: "default", topic: "image.created", subject: "never" });
        throw new TypeError("no");
      });
    assert.throws(failing, TypeError);
    assert.deepEqual(await subjects(), []);
  });

  it("rejects a cursor whose events are gone with out-of-range, naming the first that is kept", async () => {
    for (let count = 0; count < 10; count += 1) append(`${count}`);
    store.transaction(() => table.keepNewest(3));
    const gone = (error: unknown) => isOperationError(error, "out-of-range") && error.message.includes("from 8 on");
    await assert.rejects(subjects({ afterSequence: 6n }), gone);
    assert.deepEqual(await subjects({ afterSequence: 7n }), ["7", "8", "9"]);
    assert.deepEqual(await subjects(), ["7", "8", "9"]);
    await assert.rejects(subjects({ afterSequence: 11n }), (error) => isOperationError(error, "out-of-range"));
  });

  it("ends a subscriber that was too slow with resource-exhausted", async () => {
    for (let count = 0; count < 300; count += 1) append(`${count}`);
    const events = log.subscribe(subscription());
    await events.next();
    await events.next();
    store.transaction(() => table.keepNewest(3));
    const rest = async () => {
      for await (const _delivery of events);
    };
    await assert.rejects(rest(), (error) => isOperationError(error, "resource-exhausted"));
  });

  it("never uses a number twice, also when the newest events are gone", async () => {
    append("a");
    store.prepare("DELETE FROM events").run();
    append("b");
    const deliveries = await Array.fromAsync(log.subscribe(subscription()));
    assert.equal(deliveries.at(-1)?.event?.sequence, 2n);
  });
});
