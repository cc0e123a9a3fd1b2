import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Slots } from "./slots.ts";

describe("Slots", () => {
  it("lets no more go on at once than there is room for, failures too", async () => {
    const slots = new Slots(2);
    let atWork = 0;
    let most = 0;
    const work = (fails: boolean) => async () => {
      atWork += 1;
      most = Math.max(most, atWork);
      await new Promise(setImmediate);
      atWork -= 1;
      if (fails) throw new TypeError("no");
      return "done";
    };
    const results = await Promise.allSettled([false, true, false, true, false].map((fails) => slots.run(work(fails))));
    assert.deepEqual(
      results.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled", "rejected", "fulfilled"],
    );
    assert.equal(most, 2);
    assert.equal(await slots.run(work(false)), "done");
  });
});
