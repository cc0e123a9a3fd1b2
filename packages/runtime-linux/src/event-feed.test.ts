import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RuntimeEvent } from "@gantry/api";
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
