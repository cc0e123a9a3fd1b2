import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Bell } from "./bell.ts";

describe("Bell", () => {
  it("wakes a waiter for a ring that came while it was busy", async () => {
    const bell = new Bell();
    using waiter = bell.listen(new AbortController().signal);
    bell.ring();
    bell.ring();
    await waiter.next();
    const next = waiter.next();
    bell.ring();
    await next;
  });

  it("rejects with the reason of the signal, before and while it waits", async () => {
    const bell = new Bell();
    const controller = new AbortController();
    using waiter = bell.listen(controller.signal);
    const waiting = waiter.next();
    controller.abort(new TypeError("enough"));
    await assert.rejects(waiting, /enough/);
    await assert.rejects(waiter.next(), /enough/);
  });
});
