import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import type { SnapshotInfo } from "../snapshotter.ts";
import { RemoteStream } from "./remote-stream.ts";
import { untilCanceled } from "./testing/script.ts";
import { snapshotterWire } from "./testing/serve-scripted.ts";

function snapshot(number: number, label = ""): SnapshotInfo {
  return {
    name: String(number).padStart(6, "0"),
    kind: "committed",
    parent: null,
    readonly: false,
    labels: new Map([["text", label]]),
    createdAt: new Date(number),
    updatedAt: new Date(number),
  };
}

describe("a stream over the wire", () => {
  it("shows everything once and in order, then ends", async (test) => {
    const { remote, script } = await snapshotterWire(test);
    const all = Array.from({ length: 1_000 }, (_, number) => snapshot(number));
    script.on("walk", async function* () {
      yield* all;
    });
    assert.deepEqual(await Array.fromAsync(remote.walk()), all);
  });

  it("shows nothing of an empty one", async (test) => {
    const { remote, script } = await snapshotterWire(test);
    script.on("walk", async function* () {});
    assert.deepEqual(await Array.fromAsync(remote.walk()), []);
  });

  it("carries each filter", async (test) => {
    const { remote, script } = await snapshotterWire(test);
    script.on("walk", async function* () {});
    const labels = new Map([["__proto__", "a"]]);
    const filters = [
      { kind: "active", labels },
      { kind: "committed", parent: null, labels: new Map() },
      { parent: "p", namePrefix: "default/", labels: new Map() },
    ] as const;
    for (const filter of filters) {
      await Array.fromAsync(remote.walk(filter));
      assert.deepEqual(script.calls.at(-1)?.args, [filter]);
    }
    assert.deepEqual(await Array.fromAsync(remote.walk({ parent: "" })), []);
    assert.equal(script.calls.length, filters.length);
  });

  it("holds back a source whose reader is slow, and leaves other calls alone", async (test) => {
    const { remote, script } = await snapshotterWire(test);
    let made = 0;
    script.on("walk", async function* () {
      for (; made < 20_000; made += 1) {
        yield snapshot(made, "x".repeat(1_000));
      }
    });
    script.on("usage", () => ({ sizeBytes: 1n, inodes: 1n }));
    const slow = remote.walk()[Symbol.asyncIterator]();
    await slow.next();
    // Rounds of other calls give the source every chance to run ahead.
    for (let round = 0; round < 200; round += 1) {
      await remote.usage("name");
    }
    assert.ok(made < 2_000, `${made} of 20,000 were made for a reader that has seen one`);
    await slow.return?.();
  });

  it("ends the source when its reader leaves", async (test) => {
    const { remote, script } = await snapshotterWire(test);
    const ended = Promise.withResolvers<string>();
    script.on("walk", async function* ({ signal }) {
      try {
        for (let number = 0; ; number += 1) {
          yield snapshot(number);
        }
      } finally {
        ended.resolve(signal?.aborted ? "aborted" : "returned");
      }
    });
    for await (const { name } of remote.walk()) {
      if (name === "000099") {
        break;
      }
    }
    await ended.promise;
  });

  it("ends a source that waits, and the step that waits for it, when its reader leaves", async (test) => {
    const { remote, script } = await snapshotterWire(test);
    const heard = Promise.withResolvers<void>();
    script.on("walk", async function* ({ signal }) {
      yield await untilCanceled(signal).finally(heard.resolve);
    });
    const steps = remote.walk()[Symbol.asyncIterator]();
    const waiting = steps.next();
    await script.arrival("walk");
    await steps.return?.();
    assert.deepEqual(await waiting, { done: true, value: undefined });
    await heard.promise;
    assert.deepEqual(await steps.next(), { done: true, value: undefined });
  });

  it("ends a source that never hears of its signal", async (test) => {
    const { remote, script, serving } = await snapshotterWire(test);
    script.on("walk", async function* () {
      yield await Promise.withResolvers<never>().promise;
    });
    const steps = remote.walk()[Symbol.asyncIterator]();
    const waiting = steps.next();
    const { signal } = await script.arrival("walk");
    await steps.return?.();
    await waiting;
    if (!signal?.aborted) {
      await once(signal ?? new AbortController().signal, "abort");
    }
    // It would take five seconds if the call were still counted as running.
    const before = performance.now();
    await serving.close();
    assert.ok(performance.now() - before < 4_000);
  });
});

describe("RemoteStream", () => {
  it("opens nothing before the first step, nor after the reader has left", async () => {
    let opened = 0;
    const open = () => {
      opened += 1;
      return new ReadableStream<number>();
    };
    const stream = new RemoteStream(open, (error) => error);
    assert.equal(stream[Symbol.asyncIterator](), stream);
    await stream.return();
    assert.deepEqual(await stream.next(), { done: true, value: undefined });
    assert.equal(opened, 0);
  });

  it("throws what an error means, once", async () => {
    async function* failing() {
      yield 1;
      throw new Error("raw");
    }
    const stream = new RemoteStream(failing, (error) => new Error("translated", { cause: error }));
    assert.deepEqual(await stream.next(), { done: false, value: 1 });
    await assert.rejects(stream.next(), { message: "translated" });
    assert.deepEqual(await stream.next(), { done: true, value: undefined });
  });
});
