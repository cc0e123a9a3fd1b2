import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { checkAfterEnd, inLanes } from "./crash-check.ts";
import { type ChildOrders, type Ending, runChild } from "./crash-run.ts";
import { steps } from "./crash-scenario.ts";
import { powerCutDisks, whyNoPowerCuts } from "./power-cut-disk.ts";

/** Set to try every point, and not only those where most is at stake. */
const isThorough = process.env["GANTRY_EVERY_POWER_CUT"] !== undefined;

/** Where records are, or are just not yet, on the disk; on native only the former, as it shares them with overlay. */
const decisive: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["overlay", new Set(["records.committed", "records.synced"])],
  ["native", new Set(["records.synced"])],
]);

for (const driver of ["overlay", "native"]) {
  describe(`power cuts: ${driver}`, { skip: whyNoPowerCuts() ?? false }, () => {
    const makeDisk = powerCutDisks();
    let journals = "";
    let whole: Ending | undefined;

    before(async () => {
      journals = await mkdtemp(join(tmpdir(), "gantry-power-journals-"));
      await onDisk({ name: "whole" }, async (_, ending) => {
        assert.equal(ending.account.failure, undefined);
        assert.equal(ending.account.acknowledged, steps.length);
        whole = ending;
      });
    });

    after(() => rm(journals, { recursive: true }));

    it("lose nothing that was acknowledged, and leave nothing half made", async () => {
      assert.ok(whole !== undefined);
      const { points } = whole.account;
      const cuts = [...points.keys()].filter(
        (end) => isThorough || decisive.get(driver)?.has(points[end]?.point ?? "") === true,
      );
      await inLanes(cuts, async (end) => {
        await onDisk({ name: `${end}`, end }, checkRestarted);
      });
    });

    it("lose records when those are not synced", async () => {
      const end = syncOf("commit of base");
      await assert.rejects(
        onDisk({ name: "no records", end, unsynced: { records: true, trees: false } }, checkRestarted),
        /expected/,
      );
    });

    it("lose committed files when those are not synced", async () => {
      const end = syncOf("commit of base");
      await assert.rejects(
        onDisk({ name: "no trees", end, unsynced: { records: false, trees: true } }, checkRestarted),
        /the tree of|without bytes/,
      );
    });

    /** The point where a step has brought its records to the disk. */
    function syncOf(title: string): number {
      const step = steps.findIndex((one) => one.title === title);
      const points = whole?.account.points ?? [];
      const end = points.findIndex((one) => one.step === step && one.point === "records.synced");
      assert.ok(end >= 0, title);
      return end;
    }

    async function checkRestarted(root: string, ending: Ending): Promise<void> {
      assert.ok(whole !== undefined);
      await checkAfterEnd({ root, driver, ending, whole, end: "power cut at a point" });
    }

    /** Runs the scenario on a fresh disk, cuts that off if there is an end, and shows what is there when it is back. */
    async function onDisk(
      orders: { readonly name: string } & Pick<ChildOrders, "end" | "unsynced">,
      check: (root: string, ending: Ending) => Promise<void>,
    ): Promise<void> {
      const disk = await makeDisk();
      const root = join(disk.mountPoint, "root");
      const { name, ...others } = orders;
      const ending = await runChild({ root, driver, journal: join(journals, name), cut: disk.cut, ...others });
      assert.equal(ending.signal, orders.end === undefined ? null : "SIGKILL");
      await disk.restart();
      await check(root, ending);
      await disk.close();
    }
  });
}
