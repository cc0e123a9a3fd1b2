import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { actions, describeSteps, randomSteps, type Step, shortest } from "./random-steps.ts";

const hasBoth = async (steps: readonly Step[]) => {
  const paused = steps.findIndex(({ action }) => action === "pause");
  return paused >= 0 && steps.slice(paused).some(({ action }) => action === "reopen");
};

describe("random steps", () => {
  it("are the same for one seed, and others for another", () => {
    assert.deepEqual(randomSteps(7, 30), randomSteps(7, 30));
    assert.notDeepEqual(randomSteps(7, 30), randomSteps(8, 30));
    assert.equal(randomSteps(7, 30).length, 30);
  });

  it("do everything to every container, sooner or later", () => {
    const seen = new Set(randomSteps(1, 2_000).map(({ action, id }) => `${action} ${id}`));
    assert.equal(seen.size, 2 * actions.length);
  });

  it("take any number for a seed", () => {
    for (const seed of [0, -1, 2 ** 32, Date.now(), 0.5]) assert.equal(randomSteps(seed, 3).length, 3);
  });

  it("are written in a line", () => {
    const steps: readonly Step[] = [
      { action: "create", id: "a" },
      { action: "delete by force", id: "b" },
    ];
    assert.equal(describeSteps(steps), "create a, delete by force b");
  });
});

describe("shortest", () => {
  it("leaves the steps that it takes to fail, in their order", async () => {
    const steps = randomSteps(3, 200);
    assert.equal(await hasBoth(steps), true);
    const left = await shortest(steps, hasBoth, 1_000);
    assert.deepEqual(
      left.map(({ action }) => action),
      ["pause", "reopen"],
    );
  });

  it("gives the sequence back when nothing can be left out", async () => {
    const steps = randomSteps(3, 5);
    assert.deepEqual(await shortest(steps, async ({ length }) => length === 5, 1_000), steps);
  });

  it("runs no more sequences than it may", async () => {
    let runs = 0;
    const steps = randomSteps(3, 50);
    await shortest(
      steps,
      async () => {
        runs += 1;
        return false;
      },
      10,
    );
    assert.equal(runs, 10);
  });

  it("takes a sequence of nothing", async () => {
    assert.deepEqual(await shortest([], async () => true, 10), []);
  });
});
