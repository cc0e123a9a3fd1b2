import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RuntimeEvent } from "../runtime.ts";
import { EventFeed } from "./event-feed.ts";

const event = (containerId: string): RuntimeEvent => ({
  type: "exit",
  namespace: "default",
  containerId,
  processId: containerId,
  exit: { pid: 1, status: 0, exitedAt: new Date(0), oomKilled: false },
});

describe("EventFeed", () => {
  it("shows every subscriber what is published after it came", async () => {
    const feed = new EventFeed();
    feed.publish(event("before"));
    const subscribers = [feed.subscribe(), feed.subscribe()];
    feed.publish(event("a"));
    feed.publish(event("b"));
    feed.close();
    for (const subscriber of subscribers) {
      assert.deepEqual(
        (await Array.fromAsync(subscriber)).map(({ containerId }) => containerId),
        ["a", "b"],
      );
    }
  });

  it("wakes a subscriber that waits", async () => {
    const feed = new EventFeed();
    const next = feed.subscribe().next();
    feed.publish(event("a"));
    assert.equal((await next).value?.containerId, "a");
  });

  it("keeps no more than 4,096 events for one that does not read", async () => {
    const feed = new EventFeed();
    const slow = feed.subscribe();
    for (let count = 0; count < 5_000; count += 1) feed.publish(event(`c${count}`));
    feed.close();
    const seen = await Array.fromAsync(slow);
    assert.equal(seen.length, 4_096);
    assert.equal(seen[0]?.containerId, "c0");
  });

  it("ends a subscription by its signal, with its reason", async () => {
    const feed = new EventFeed();
    const abort = new AbortController();
    const reason = new Error("no longer wanted");
    const reading = assert.rejects(Array.fromAsync(feed.subscribe(abort.signal)), reason);
    abort.abort(reason);
    await reading;
  });
});

describe("EventFeed: the ends of a subscription", () => {
  it("throws what the feed was closed with, once, behind what is there", async () => {
    const feed = new EventFeed();
    const subscription = feed.subscribe();
    feed.publish(event("a"));
    const error = new Error("the other side is gone");
    feed.close({ error });
    assert.equal((await subscription.next()).value?.containerId, "a");
    await assert.rejects(subscription.next(), error);
    assert.equal((await subscription.next()).done, true);
    await assert.rejects(feed.subscribe().next(), error);
  });

  it("lets go of one that leaves before it has read anything, also while it waits", async () => {
    const feed = new EventFeed();
    const subscription = feed.subscribe();
    const next = subscription.next();
    await subscription.return?.();
    assert.equal((await next).done, true);
    feed.publish(event("a"));
    assert.equal((await subscription.next()).done, true);
  });

  it("begins none whose signal has aborted", async () => {
    const reason = new Error("no longer wanted");
    await assert.rejects(new EventFeed().subscribe(AbortSignal.abort(reason)).next(), reason);
  });
});
