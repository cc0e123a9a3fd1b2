import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { itemsOf, ServerStream } from "./server-stream.ts";

/** Yields `values`, then waits until the signal aborts. */
function openWith(values: readonly number[], seen: { signal?: AbortSignal; calls: number }) {
  return ({ signal }: { readonly signal: AbortSignal }) => {
    seen.signal = signal;
    seen.calls += 1;
    return (async function* () {
      yield* values;
      const aborted = Promise.withResolvers<never>();
      signal.addEventListener("abort", () => aborted.reject(signal.reason));
      signal.throwIfAborted();
      await aborted.promise;
    })();
  };
}

const even = (value: number) => (value % 2 === 0 ? value : undefined);

describe("ServerStream", () => {
  it("calls with the first step, and not before", async () => {
    const seen = { calls: 0 };
    const stream = new ServerStream({}, openWith([2], seen), even);
    assert.equal(seen.calls, 0);
    assert.deepEqual(await stream.next(), { done: false, value: 2 });
    assert.equal(seen.calls, 1);
    await stream.return();
  });

  it("shows what is picked and leaves out the rest", async () => {
    const stream = new ServerStream(
      {},
      async function* () {
        yield* [1, 2, 3, 4];
      },
      even,
    );
    assert.deepEqual(await Array.fromAsync(stream), [2, 4]);
    assert.deepEqual(await stream.next(), { done: true, value: undefined });
  });

  it("ends the call when the reader breaks off", async () => {
    const seen: { calls: number; signal?: AbortSignal } = { calls: 0 };
    for await (const _value of new ServerStream({}, openWith([2], seen), even)) break;
    assert.equal(seen.signal?.aborted, true);
  });

  it("ends a step that waits, when told to return meanwhile", async () => {
    const stream = new ServerStream({}, openWith([], { calls: 0 }), even);
    const step = stream.next();
    await stream.return();
    assert.deepEqual(await step, { done: true, value: undefined });
  });

  it("passes the caller's signal on", async () => {
    const controller = new AbortController();
    const stream = new ServerStream({ signal: controller.signal }, openWith([], { calls: 0 }), even);
    const step = assert.rejects(stream.next(), /enough/);
    controller.abort(new Error("enough"));
    await step;
    assert.deepEqual(await stream.next(), { done: true, value: undefined });
  });

  it("takes the first answer as the word that the reader is in place", async () => {
    await using stream = new ServerStream({}, openWith([2, 4], { calls: 0 }), even);
    await stream.ready();
    assert.deepEqual(await stream.next(), { done: false, value: 4 });
  });
});

describe("itemsOf", () => {
  it("joins the lists of all answers", async () => {
    const open = async function* () {
      yield* [[1], [], [2, 3]];
    };
    assert.deepEqual(await Array.fromAsync(itemsOf(open)), [1, 2, 3]);
  });
});
