import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Changes } from "./changes.ts";

const soon = () => new Promise((resolve) => setImmediate(resolve, "not yet"));

describe("changes", () => {
  it("give at once what is there already", async () => {
    assert.equal(await new Changes().until(() => 1), 1);
  });

  it("look again after each change, until it is there", async () => {
    const changes = new Changes();
    let value: number | undefined;
    const waiting = changes.until(() => value);
    changes.notify();
    assert.equal(await Promise.race([waiting, soon()]), "not yet");
    value = 0;
    assert.equal(await Promise.race([waiting, soon()]), "not yet");
    changes.notify();
    assert.equal(await waiting, 0);
  });

  it("tell every one of those who wait", async () => {
    const changes = new Changes();
    let isThere = false;
    const waiting = Array.from({ length: 50 }, (_, index) => changes.until(() => (isThere ? index : undefined)));
    isThere = true;
    changes.notify();
    assert.deepEqual(
      await Promise.all(waiting),
      waiting.map((_, index) => index),
    );
  });

  it("reject with what looking throws, now or later", async () => {
    const changes = new Changes();
    const reason = new Error("gone");
    const fail = () => {
      throw reason;
    };
    await assert.rejects(changes.until(fail), reason);
    let isGone = false;
    const waiting = changes.until(() => (isGone ? fail() : undefined));
    isGone = true;
    changes.notify();
    await assert.rejects(waiting, reason);
  });

  it("reject with the reason of a signal, before or while waiting, and look no more", async () => {
    const changes = new Changes();
    const reason = new Error("no longer wanted");
    await assert.rejects(
      changes.until(() => 1, AbortSignal.abort(reason)),
      reason,
    );
    const abort = new AbortController();
    let looks = 0;
    const waiting = changes.until(() => {
      looks += 1;
      return undefined;
    }, abort.signal);
    abort.abort(reason);
    await assert.rejects(waiting, reason);
    changes.notify();
    assert.equal(looks, 1);
  });

  it("let one who is told start to wait again", async () => {
    const changes = new Changes();
    let count = 0;
    const twice = changes
      .until(() => (count > 0 ? count : undefined))
      .then(() => changes.until(() => (count > 1 ? count : undefined)));
    count = 1;
    changes.notify();
    await soon();
    count = 2;
    changes.notify();
    assert.equal(await twice, 2);
  });
});
