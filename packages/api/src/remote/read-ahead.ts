import { EventFeed } from "../kit/event-feed.ts";
import type { RuntimeEvent } from "../runtime.ts";

/**
 * Reads `source` from this call on, whether somebody reads the result or not, so that the other side knows at once that
 * its events are wanted. As many are kept for a reader who is behind as {@link EventFeed} keeps.
 *
 * @param source - ends by its signal and by `return`, and is told of both
 */
export function readAhead(
  source: AsyncIterableIterator<RuntimeEvent>,
  signal?: AbortSignal,
): AsyncIterableIterator<RuntimeEvent, undefined> {
  const feed = new EventFeed();
  const shown = feed.subscribe(signal);
  void publish(source, feed);
  return {
    next: () => shown.next(),
    async return() {
      await source.return?.();
      feed.close();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function publish(source: AsyncIterable<RuntimeEvent>, feed: EventFeed): Promise<void> {
  try {
    for await (const event of source) feed.publish(event);
    feed.close();
  } catch (error) {
    feed.close({ error });
  }
}
