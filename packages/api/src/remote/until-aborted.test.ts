import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { untilAborted } from "./until-aborted.ts";

/** Numbers from 0 on, and a promise that resolves when the source is ended. */
function numbers(): { source: AsyncGenerator<number>; ended: Promise<void> } {
  const end = Promise.withResolvers<void>();
  async function* count() {
    try {
      for (let number = 0; ; number += 1) {
        yield number;
      }
    } finally {
      end.resolve();
    }
  }
  return { source: count(), ended: end.promise };
}

describe("untilAborted", () => {
  it("shows a source to its end", async () => {
    async function* three() {
      yield* [1, 2, 3];
    }
    assert.deepEqual(await Array.fromAsync(untilAborted(three(), new AbortController().signal)), [1, 2, 3]);
  });

  it("throws what the source throws", async () => {
    async function* failing() {
      yield 1;
      throw new Error("broken");
    }
    const steps = untilAborted(failing(), new AbortController().signal);
    assert.deepEqual(await steps.next(), { done: false, value: 1 });
    await assert.rejects(steps.next(), { message: "broken" });
  });

  it("ends the source when the signal aborts between two steps", async () => {
    const abort = new AbortController();
    const { source, ended } = numbers();
    const steps = untilAborted(source, abort.signal);
    await steps.next();
    abort.abort(new Error("stop"));
    await ended;
    await assert.rejects(steps.next(), { message: "stop" });
  });

  it("ends a step that waits when the signal aborts", async () => {
    const abort = new AbortController();
    async function* waiting() {
      yield await Promise.withResolvers<never>().promise;
    }
    const step = untilAborted(waiting(), abort.signal).next();
    abort.abort(new Error("stop"));
    await assert.rejects(step, { message: "stop" });
  });

  it("ends the source when the reader leaves", async () => {
    const { source, ended } = numbers();
    for await (const number of untilAborted(source, new AbortController().signal)) {
      if (number === 3) {
        break;
      }
    }
    await ended;
  });

  it("takes no step with a signal that was aborted before", async () => {
    const { source } = numbers();
    const steps = untilAborted(source, AbortSignal.abort(new Error("stop")));
    await assert.rejects(steps.next(), { message: "stop" });
    assert.deepEqual(await source.next(), { done: true, value: undefined });
  });

  it("accepts a source that cannot be ended, and one whose end fails", async () => {
    const next = async () => ({ done: false as const, value: 1 });
    const plain = { [Symbol.asyncIterator]: () => ({ next }) };
    const failing = { [Symbol.asyncIterator]: () => ({ next, return: () => Promise.reject(new Error("no")) }) };
    for (const source of [plain, failing]) {
      const steps = untilAborted(source, new AbortController().signal);
      assert.deepEqual(await steps.next(), { done: false, value: 1 });
      assert.deepEqual(await steps.return?.(), { done: true, value: undefined });
    }
  });
});
