import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { InOrder } from "./in-order.ts";

describe("InOrder", () => {
  it("runs one after the other, and returns what each returns", async () => {
    const order = new InOrder();
    const steps: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first = order.run(undefined, async () => {
      steps.push("first begins");
      await gate.promise;
      steps.push("first ends");
      return 1;
    });
    const second = order.run(new AbortController().signal, async () => {
      steps.push("second");
      return 2;
    });
    gate.resolve();
    assert.deepEqual(await Promise.all([first, second]), [1, 2]);
    assert.deepEqual(steps, ["first begins", "first ends", "second"]);
  });

  it("goes on behind work that fails", async () => {
    const order = new InOrder();
    const failing = order.run(undefined, () => Promise.reject(new Error("broken")));
    const next = order.run(undefined, async () => "goes on");
    await assert.rejects(failing, { message: "broken" });
    assert.equal(await next, "goes on");
  });

  it("gives up a turn when its signal aborts, and still keeps the one behind waiting", async () => {
    const order = new InOrder();
    const gate = Promise.withResolvers<void>();
    const steps: string[] = [];
    const first = order.run(undefined, () => gate.promise.then(() => steps.push("first")));
    const abort = new AbortController();
    const second = order.run(abort.signal, async () => steps.push("second"));
    const third = order.run(undefined, async () => steps.push("third"));
    abort.abort(new Error("no longer wanted"));
    await assert.rejects(second, { message: "no longer wanted" });
    gate.resolve();
    await Promise.all([first, third]);
    assert.deepEqual(steps, ["first", "third"]);
  });

  it("takes no turn with a signal that was aborted before", async () => {
    const order = new InOrder();
    const never = () => Promise.reject(new Error("ran"));
    await assert.rejects(order.run(AbortSignal.abort(new Error("never wanted")), never), { message: "never wanted" });
  });
});
