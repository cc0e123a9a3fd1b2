import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { mountAll, unmountAll } from "@gantry/sys";
import { btrfsVolume, whyNoBtrfs } from "./btrfs-volume.ts";
import { checkAfterEnd, inLanes } from "./crash-check.ts";
import type { Account } from "./crash-journal.ts";
import { type Ending, runChild } from "./crash-run.ts";
import { steps } from "./crash-scenario.ts";
import { whyNoMounts } from "./harness.ts";

interface CrashRuns {
  readonly driver: string;
  readonly skip: string | undefined;
  /** Whether each point is tried in each step, or only where its operation first comes past it, and those of the records not. */
  readonly everywhere: boolean;
  /** Called while the tests are declared; gives what makes the path of a root, where nothing is yet. */
  readonly declareRoots: () => (name: string) => Promise<string>;
}

const allRuns: readonly CrashRuns[] = [
  { driver: "overlay", skip: whyNoMounts(), everywhere: true, declareRoots: rootsInMemory },
  { driver: "native", skip: whyNoMounts(), everywhere: false, declareRoots: rootsInMemory },
  { driver: "btrfs", skip: whyNoBtrfs(), everywhere: false, declareRoots: rootsOnBtrfs },
  { driver: "windows", skip: undefined, everywhere: false, declareRoots: rootsInMemory },
];

/** What ends is the process alone, so nothing need wait for a disk. */
function rootsInMemory(): (name: string) => Promise<string> {
  const directory = temporaryDirectory();
  before(async () => {
    if (whyNoMounts() === undefined) {
      await mountAll([{ type: "tmpfs", source: "tmpfs", target: "", options: ["size=256m"] }], directory());
    }
  });
  return async (name) => join(directory(), name);
}

function rootsOnBtrfs(): (name: string) => Promise<string> {
  const volume = btrfsVolume();
  return async (name) => join((await volume.makePlace()).directory, name);
}

function temporaryDirectory(): () => string {
  let directory = "";
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "gantry-crash-"));
  });
  after(async () => {
    if (whyNoMounts() === undefined) {
      await unmountAll(directory);
    }
    await rm(directory, { recursive: true, force: true });
  });
  return () => directory;
}

interface PointToTry {
  readonly step: number;
  readonly point: string;
  /** How many points come before it in the whole run. */
  readonly passing: number;
}

function pointsToTry({ points }: Account, everywhere: boolean): readonly PointToTry[] {
  const all = points.map(({ step, point }, passing) => ({ step, point, passing }));
  if (everywhere) {
    return all;
  }
  const pointIn = ({ step, point }: PointToTry) => `${steps[step]?.operation} ${point}`;
  const first = new Map(all.toReversed().map((one) => [pointIn(one), one]));
  return all.filter((one) => first.get(pointIn(one)) === one && !one.point.startsWith("records."));
}

for (const { driver, skip, everywhere, declareRoots } of allRuns) {
  describe(`crash safety: ${driver}`, { skip: skip ?? false }, () => {
    const makeRoot = declareRoots();
    const journals = temporaryDirectory();
    let whole: Ending | undefined;

    async function run(name: string, end?: number): Promise<{ readonly root: string; readonly ending: Ending }> {
      const root = await makeRoot(name);
      const journal = join(journals(), name);
      const ending = await runChild({ root, driver, journal, ...(end === undefined ? {} : { end }) });
      return { root, ending };
    }

    before(async () => {
      const { root, ending } = await run("whole");
      assert.equal(ending.account.failure, undefined);
      assert.equal(ending.account.acknowledged, steps.length);
      await checkAfterEnd({ root, driver, ending, whole: ending, end: "kill at a point" });
      whole = ending;
    });

    for (const operation of new Set(steps.map((step) => step.operation))) {
      it(`${operation}, killed at any point, is wholly there or wholly absent, and can be repeated`, async (test) => {
        assert.ok(whole !== undefined);
        const points = pointsToTry(whole.account, everywhere).filter(
          ({ step }) => steps[step]?.operation === operation,
        );
        test.diagnostic(points.map(({ point }) => point).join(" "));
        await inLanes(points, async ({ step, point, passing }) => {
          const { root, ending } = await run(`${operation} ${passing}`, passing);
          assert.deepEqual(ending.account.points.at(-1), { step, point });
          assert.equal(ending.signal, "SIGKILL", point);
          assert.ok(whole !== undefined);
          await checkAfterEnd({ root, driver, ending, whole, end: "kill at a point" });
        });
      });
    }
  });
}
