import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { afterEach, beforeEach, describe, it } from "node:test";
import { TestCore } from "../../testing/test-core.ts";
import { temporaryDirectory } from "../../testing/test-daemon.ts";

const program = new URL("../../testing/crashing-collection.ts", import.meta.url).pathname;
/** How many blobs are garbage: one more than refer to each other. */
const garbageCount = 3;
const moments = 2 * garbageCount;

describe("a collection that is killed", { timeout: 180_000 }, () => {
  let directory: string;

  beforeEach(() => {
    directory = temporaryDirectory();
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  /** Leaves a chain of garbage, each blob referring to the next, beside what a lease keeps and what was made by hand. */
  const prepare = async (): Promise<{ readonly kept: readonly string[]; readonly garbage: readonly string[] }> => {
    const test = await TestCore.open({}, directory);
    for (const id of ["ends", "stays"]) await test.lease(id);
    const kept = [await test.blob("kept", "stays"), await test.blob("by hand")];
    const garbage: string[] = [];
    for (let index = 0; index < garbageCount; index += 1) {
      const below = garbage.at(-1) ?? kept[0] ?? "";
      garbage.push(await test.blob(`garbage ${index}`, "ends", new Map([["gantry.dev/gc.ref.content", below]])));
    }
    test.endLease("ends");
    await test.core.close();
    return { kept, garbage: garbage.toReversed() };
  };

  const killAt = (step: number) =>
    spawnSync(process.execPath, [...process.execArgv, program, directory, `${step}`], { encoding: "utf8" });

  for (let step = 1; step <= moments; step += 1) {
    it(`at moment ${step} of ${moments} leaves what is kept, whole garbage, and no doubt`, async () => {
      const { kept, garbage } = await prepare();
      assert.equal(killAt(step).signal, "SIGKILL");
      const test = await TestCore.open({}, directory);
      try {
        const there = await test.there();
        for (const digest of kept) assert.ok(there.includes(`content ${digest}`));
        // What is left is the end of the chain: nothing refers to what is gone.
        const left = garbage.filter((digest) => there.includes(`content ${digest}`));
        assert.deepEqual(left, garbage.slice(garbage.length - left.length));
        assert.equal(garbage.length - left.length, Math.floor(step / 2));
        // A blob that is made by hand where one was removed stays, whatever was on record of that.
        const [first = ""] = garbage;
        if (!left.includes(first)) assert.equal(await test.blob(`garbage ${garbageCount - 1}`), first);
        assert.deepEqual(
          await test.collect(),
          left.map((digest) => `content ${digest}`),
        );
        assert.deepEqual(await test.collect(), []);
        const stays = left.includes(first) ? kept : [...kept, first];
        assert.deepEqual(await test.there(), stays.map((digest) => `content ${digest}`).sort());
      } finally {
        await test.core.close();
      }
    });
  }

  it("comes to its end where nobody kills it", async () => {
    const { kept } = await prepare();
    const { stdout, stderr } = killAt(moments + 1);
    assert.equal(stdout, "done\n", stderr);
    const test = await TestCore.open({}, directory);
    assert.deepEqual(await test.there(), kept.map((digest) => `content ${digest}`).sort());
    await test.core.close();
  });
});
