import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { mountAll, unmountAll } from "@gantry/sys";
import { checkAfterEnd, inLanes } from "./crash-check.ts";
import { type Ending, runChild } from "./crash-run.ts";
import { steps } from "./crash-scenario.ts";
import { countCalls, failing, killing, recording, syscallGroups, whyNoSyscallKills } from "./syscall-kill-trace.ts";

/** Set to end the process at each call, and not only at some of each group. */
const isThorough = process.env["GANTRY_EVERY_SYSCALL"] !== undefined;

/** How many calls of a group are tried otherwise; each costs a second. */
const samples = 5;

const driver = "overlay";

describe(`crashes at system calls: ${driver}`, { skip: whyNoSyscallKills() ?? false }, () => {
  let directory = "";
  let whole: Ending | undefined;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "gantry-syscalls-"));
    await mountAll([{ type: "tmpfs", source: "tmpfs", target: "", options: ["size=512m"] }], directory);
    // Once to fill the cache of compiled files, which is written by calls of the same groups.
    await run("first", []);
    whole = await run("whole", recording(join(directory, "calls")));
    assert.equal(whole.account.failure, undefined);
    assert.equal(whole.account.acknowledged, steps.length);
  });

  after(async () => {
    await unmountAll(directory);
    await rm(directory, { recursive: true });
  });

  for (const group of syscallGroups) {
    it(`lose nothing and leave nothing half made instead of ${group}`, async (test) => {
      const count = await countCalls(join(directory, "calls"), group);
      const tried = isThorough ? Array.from({ length: count }, (_, index) => index + 1) : spread(count);
      test.diagnostic(`${tried.length} of ${count} calls`);
      await inLanes(tried, async (when) => {
        // Overlay takes no path with a comma in it.
        const name = `${when} of ${group.replaceAll(",", " ")}`;
        const ending = await run(name, killing(group, when));
        // Calls may come on another thread than in the run that was counted.
        assert.ok(ending.signal === "SIGKILL" || ending.code === 0, `ended by ${ending.signal}, ${ending.code}`);
        assert.ok(whole !== undefined);
        await checkAfterEnd({ root: join(directory, `${name} root`), driver, ending, whole, end: "anywhere" });
      });
    });
  }

  it("leave a call whole, or nothing of it, that is rejected since its records cannot be synced", async () => {
    const count = await countCalls(join(directory, "calls"), "fdatasync");
    assert.ok(count >= steps.length);
    const tried = Array.from({ length: count }, (_, index) => index + 1);
    await inLanes(tried, async (when) => {
      const name = `failure ${when}`;
      const ending = await run(name, failing("fdatasync", when));
      assert.match(ending.account.failure ?? "", /cannot be synced/);
      assert.ok(whole !== undefined);
      // Used to leave the record of a prepare, and to remove its bytes.
      await checkAfterEnd({ root: join(directory, `${name} root`), driver, ending, whole, end: "anywhere" });
    });
  });

  function run(name: string, wrapper: readonly string[]): Promise<Ending> {
    const root = join(directory, `${name} root`);
    return runChild({ root, driver, journal: join(directory, name) }, wrapper);
  }
});

/** At most {@link samples} of the numbers from 1 to `count`, evenly spread. */
function spread(count: number): readonly number[] {
  const all = Array.from({ length: samples }, (_, index) => Math.ceil(((index + 1) * count) / samples));
  return [...new Set(all)].filter((number) => number > 0);
}
