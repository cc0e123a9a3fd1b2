import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { every, Wakeups, whenAborted } from "./wakeups.ts";

describe("Wakeups", () => {
  it("forgets nothing that came while nobody waited, and keeps no count", async () => {
    let wake = () => {};
    const wakeups = new Wakeups([
      (listener) => {
        wake = listener;
        return () => {};
      },
    ]);
    wake();
    wake();
    await wakeups.next();
    let isAwake = false;
    const next = wakeups.next().then(() => {
      isAwake = true;
    });
    await Promise.resolve();
    assert.equal(isAwake, false);
    wake();
    await next;
  });

  it("wakes by a signal, and by time", async () => {
    const abort = new AbortController();
    const bySignal = new Wakeups([whenAborted(abort.signal), whenAborted(undefined)]);
    abort.abort();
    await bySignal.next();
    bySignal.close();
    const byTime = new Wakeups([every(1)]);
    await byTime.next();
    await byTime.next();
    byTime.close();
  });
});
