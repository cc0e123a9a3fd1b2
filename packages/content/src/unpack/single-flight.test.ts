import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SingleFlight } from "./single-flight.ts";

describe("SingleFlight", () => {
  it("runs once for all who wait, and again for who comes later", async () => {
    const flights = new SingleFlight<number>();
    let runs = 0;
    const work = async () => ++runs;
    assert.deepEqual(await Promise.all([1, 2, 3].map(() => flights.run("k", work))), [1, 1, 1]);
    assert.equal(await flights.run("k", work), 2);
  });

  it("runs different keys side by side", async () => {
    const flights = new SingleFlight<string>();
    const gate = Promise.withResolvers<string>();
    const first = flights.run("a", () => gate.promise);
    assert.equal(await flights.run("b", async () => "b"), "b");
    gate.resolve("a");
    assert.equal(await first, "a");
  });

  it("gives everybody the failure, and forgets it", async () => {
    const flights = new SingleFlight<number>();
    const reason = new TypeError("failed");
    const fails = () => Promise.reject(reason);
    const results = await Promise.allSettled([flights.run("k", fails), flights.run("k", fails)]);
    assert.ok(results.every((result) => result.status === "rejected" && result.reason === reason));
    assert.equal(await flights.run("k", async () => 1), 1);
  });

  it("aborts the run with the last caller only, who waits until it has ended", async () => {
    const flights = new SingleFlight<void>();
    const reason = new TypeError("gave up");
    const [one, two] = [new AbortController(), new AbortController()];
    let ended = false;
    const work = (signal: AbortSignal) =>
      new Promise<void>((_, reject) => {
        signal.addEventListener("abort", () =>
          setImmediate(() => {
            ended = true;
            reject(signal.reason);
          }),
        );
      });
    const first = flights.run("k", work, one.signal);
    const second = flights.run("k", work, two.signal);
    one.abort(reason);
    await assert.rejects(first, reason);
    assert.equal(ended, false);
    two.abort(reason);
    await assert.rejects(second, reason);
    assert.equal(ended, true);
  });
});
