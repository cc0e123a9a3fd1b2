import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { contentObject } from "./gc-object.ts";
import { Holds } from "./holds.ts";

const [a, b] = [contentObject("a"), contentObject("b")] as const;

describe("Holds", () => {
  it("tells a collection what is held at its beginning, and what comes to be held, each once", async () => {
    const holds = new Holds();
    using _before = await holds.hold("n", [a]);
    using cycle = holds.beginCycle("n");
    assert.deepEqual(cycle.takeNew(), [a]);
    assert.equal(cycle.hasNew, false);
    // Held and let go between two looks: something durable refers to it by now.
    (await holds.hold("n", [b, b]))[Symbol.dispose]();
    holds.touch("n", a);
    assert.equal(cycle.hasNew, true);
    assert.deepEqual(cycle.takeNew(), [b, a]);
    assert.deepEqual(cycle.takeNew(), []);
  });

  it("tells nothing of other namespaces, nor of what was let go before", async () => {
    const holds = new Holds();
    (await holds.hold("n", [a]))[Symbol.dispose]();
    using _elsewhere = await holds.hold("other", [b]);
    using cycle = holds.beginCycle("n");
    holds.touch("other", a);
    assert.equal(cycle.hasNew, false);
  });

  it("holds until the last that holds lets go", async () => {
    const holds = new Holds();
    const first = await holds.hold("n", [a]);
    const second = await holds.hold("n", [a, a]);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    using early = holds.beginCycle("n");
    assert.deepEqual(early.takeNew(), [a]);
    second[Symbol.dispose]();
    using late = holds.beginCycle("n");
    assert.deepEqual(late.takeNew(), []);
  });

  it("lets who begins to hold wait for a removal under way, and for no other", async () => {
    const holds = new Holds();
    const removal = Promise.withResolvers<void>();
    const steps: string[] = [];
    const removing = holds.removing("n", a, () => removal.promise).then(() => steps.push("removed"));
    const holding = holds.hold("n", [a]).then((hold) => {
      steps.push("held");
      return hold;
    });
    (await holds.hold("n", [b]))[Symbol.dispose]();
    (await holds.hold("other", [a]))[Symbol.dispose]();
    assert.deepEqual(steps, []);
    removal.resolve();
    (await holding)[Symbol.dispose]();
    await removing;
    assert.deepEqual(steps.toSorted(), ["held", "removed"]);
  });

  it("lets who begins to hold go on also when the removal fails", async () => {
    const holds = new Holds();
    const removal = Promise.withResolvers<void>();
    const removing = holds.removing("n", a, () => removal.promise);
    const holding = holds.hold("n", [a]);
    removal.reject(new TypeError("no"));
    await assert.rejects(removing, TypeError);
    (await holding)[Symbol.dispose]();
  });
});
