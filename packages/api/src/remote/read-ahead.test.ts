import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EventFeed } from "../kit/event-feed.ts";
import type { RuntimeEvent } from "../runtime.ts";
import { readAhead } from "./read-ahead.ts";

const event = (containerId: string): RuntimeEvent => ({
  type: "oom",
  namespace: "default",
  containerId,
  processId: containerId,
  exit: null,
});

/** A stream that begins with its first step, as one of another process does. */
function sourceOf(feed: EventFeed) {
  let isLeft = false;
  let shown: AsyncIterableIterator<RuntimeEvent> | undefined;
  const source: AsyncIterableIterator<RuntimeEvent> = {
    next: () => {
      shown ??= feed.subscribe();
      return shown.next();
    },
    return: async () => {
      isLeft = true;
      return shown?.return?.() ?? { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => source,
  };
  return { source, isLeft: () => isLeft };
}

describe("readAhead", () => {
  it("shows what came before the first step", async () => {
    const feed = new EventFeed();
    const shown = readAhead(sourceOf(feed).source);
    feed.publish(event("a"));
    feed.close();
    assert.deepEqual([(await shown.next()).value, (await shown.next()).done], [event("a"), true]);
  });

  it("keeps no more than a feed does for one that does not read", async () => {
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const source = (async function* () {
      for (let index = 0; index < 5_000; index += 1) yield event(`c${index}`);
      end();
    })();
    const shown = readAhead(source);
    await ended;
    const ids: string[] = [];
    for await (const { containerId } of shown) ids.push(containerId);
    assert.deepEqual([ids.length, ids[0]], [4_096, "c0"]);
  });

  it("throws what the source throws", async () => {
    const feed = new EventFeed();
    const shown = readAhead(sourceOf(feed).source);
    const error = new Error("is gone");
    feed.close({ error });
    await assert.rejects(shown.next(), error);
  });

  it("leaves the source when the reader leaves", async () => {
    const { source, isLeft } = sourceOf(new EventFeed());
    const shown = readAhead(source);
    const step = shown.next();
    await shown.return?.();
    assert.equal((await step).done, true);
    assert.equal(isLeft(), true);
  });
});
