import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SharedRun } from "./shared-run.ts";

/** Work whose runs end when the test says so. */
function controlled() {
  const runs: PromiseWithResolvers<void>[] = [];
  const shared = new SharedRun(() => {
    const run = Promise.withResolvers<void>();
    runs.push(run);
    return run.promise;
  });
  return { shared, runs };
}

/** Lets every promise that is settled be heard of. */
const heard = () => new Promise(setImmediate);

describe("SharedRun", () => {
  it("serves all who come during a run by one more, which begins behind it", async () => {
    const { shared, runs } = controlled();
    const done: string[] = [];
    const ask = (who: string) => shared.run().then(() => done.push(who));
    const all = [ask("first"), ask("second"), ask("third")];
    await heard();
    assert.equal(runs.length, 1);
    runs[0]?.resolve();
    await heard();
    assert.deepEqual([done, runs.length], [["first"], 2]);
    const late = ask("late");
    runs[1]?.resolve();
    await Promise.all(all);
    await heard();
    assert.deepEqual([done, runs.length], [["first", "second", "third"], 3]);
    runs[2]?.resolve();
    await late;
  });

  it("rejects those whose run failed, and runs again for the others", async () => {
    const { shared, runs } = controlled();
    const first = assert.rejects(shared.run(), /no room/);
    const second = shared.run();
    runs[0]?.reject(new TypeError("no room"));
    await first;
    await heard();
    runs[1]?.resolve();
    await second;
    assert.equal(runs.length, 2);
  });

  it("begins at once when nothing runs any more", async () => {
    const { shared, runs } = controlled();
    const first = shared.run();
    runs[0]?.resolve();
    await first;
    void shared.run();
    assert.equal(runs.length, 2);
    runs[1]?.resolve();
  });
});
