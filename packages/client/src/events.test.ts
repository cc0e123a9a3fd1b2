import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { OperationError } from "@gantry/api";
import { EventService, type SubscribeRequest } from "@gantry/api/gantry/events/v1";
import { type Client, createClient } from "./index.ts";
import { type FakeServer, startFakeServer } from "./testing/fake-server.ts";

/** A log of events that grows; subscribers are told by `bell`. */
class Log {
  readonly topics: string[] = [];
  readonly requests: SubscribeRequest[] = [];
  readers = 0;
  #bell = Promise.withResolvers<void>();

  append(topic: string): void {
    this.topics.push(topic);
    this.#bell.resolve();
    this.#bell = Promise.withResolvers();
  }

  async *subscribe(request: SubscribeRequest, { signal }: { readonly signal: AbortSignal }) {
    this.requests.push(request);
    this.readers += 1;
    try {
      let cursor = request.fromNow ? this.topics.length : Number(request.afterSequence);
      yield { cursor: BigInt(this.topics.length) };
      while (!signal.aborted) {
        for (; cursor < this.topics.length; cursor += 1) {
          const sequence = BigInt(cursor + 1);
          yield { cursor: sequence, event: { sequence, topic: this.topics[cursor] ?? "", subject: "s" } };
        }
        if (!request.follow) return;
        const aborted = new Promise<void>((resolve) =>
          signal.addEventListener("abort", () => resolve(), { once: true }),
        );
        await Promise.race([this.#bell.promise, aborted]);
      }
    } finally {
      this.readers -= 1;
    }
  }
}

describe("events", () => {
  let log: Log;
  let server: FakeServer;
  let client: Client;

  beforeEach(async () => {
    log = new Log();
    server = await startFakeServer((router) => {
      router.service(EventService, { subscribe: (request, context) => log.subscribe(request, context) });
    });
    client = createClient({ address: server.address });
  });

  afterEach(async () => {
    await client.close();
    await server[Symbol.asyncDispose]();
  });

  it("shows what is kept behind a cursor, and ends", async () => {
    for (const topic of ["a", "b", "c"]) log.append(topic);
    const events = await Array.fromAsync(client.events.subscribe({ after: 1n, filters: ["topic~=."] }));
    assert.deepEqual(
      events.map(({ sequence, topic }) => `${sequence} ${topic}`),
      ["2 b", "3 c"],
    );
    assert.deepEqual(log.requests[0]?.filters, ["topic~=."]);
    assert.deepEqual([events[0]?.execId, events[0]?.exit, events[0]?.attributes.size], [null, null, 0]);
  });

  it("begins with what happens once the reader is in place", async () => {
    log.append("before");
    const ready = Promise.withResolvers<bigint>();
    const events = client.events.subscribe({ follow: true, onReady: ready.resolve });
    const first = events.next();
    assert.equal(await ready.promise, 1n);
    log.append("after");
    assert.equal((await first).value?.topic, "after");
    await events.return();
  });

  it("goes on by the cursor after the daemon was killed, missing nothing and repeating nothing", async () => {
    let ready = Promise.withResolvers<void>();
    const events = client.events.subscribe({ follow: true, onReady: () => ready.resolve() });
    const first = events.next();
    await ready.promise;
    log.append("one");
    assert.equal((await first).value?.topic, "one");

    ready = Promise.withResolvers();
    const second = events.next();
    await server.kill();
    log.append("two");
    await server.revive();
    assert.equal((await second).value?.topic, "two");
    log.append("three");
    assert.equal((await events.next()).value?.topic, "three");
    assert.equal(log.requests.at(-1)?.afterSequence, 1n);
    await events.return();
  });

  it("keeps the position of a reader that saw no event before the daemon was killed", async () => {
    log.append("before");
    const ready = Promise.withResolvers<void>();
    const events = client.events.subscribe({ follow: true, onReady: () => ready.resolve() });
    const first = events.next();
    await ready.promise;
    await server.kill();
    log.append("meanwhile");
    await server.revive();
    assert.equal((await first).value?.topic, "meanwhile");
    await events.return();
  });

  it("rejects with unavailable when the daemon was never there", async () => {
    await server.kill();
    await assert.rejects(client.events.subscribe({ follow: true }).next(), { kind: "unavailable" });
  });

  it("rejects with out-of-range when events behind the cursor are gone", async () => {
    log.subscribe = () => {
      throw new OperationError("out-of-range", { type: "event", id: "1" }, "kept from 5 on");
    };
    await assert.rejects(client.events.subscribe({ after: 1n, follow: true }).next(), { kind: "out-of-range" });
  });

  it("ends with the signal's reason, also while it waits for the daemon to come back", async () => {
    const controller = new AbortController();
    const ready = Promise.withResolvers<void>();
    const first = client.events
      .subscribe({ follow: true, signal: controller.signal, onReady: () => ready.resolve() })
      .next();
    await ready.promise;
    await server.kill();
    controller.abort(new TypeError("enough"));
    await assert.rejects(first, /enough/);
  });
});
