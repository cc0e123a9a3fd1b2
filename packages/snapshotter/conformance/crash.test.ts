import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { isOperationError, type SnapshotInfo, type Snapshotter } from "@gantry/api";
import { createSnapshotter, type LocalSnapshotter } from "../src/snapshotter.ts";
import { openSnapshotStore } from "../src/sqlite-store.ts";
import { btrfsVolume, whyNoBtrfs } from "./btrfs-volume.ts";
import { drivers, furnish, operations } from "./crash-scenario.ts";
import { whyNoMounts } from "./harness.ts";

const child = fileURLToPath(new URL("./crash-child.ts", import.meta.url));

interface Ending {
  readonly signal: NodeJS.Signals | null;
  /** The points that came past, in order. */
  readonly points: readonly string[];
}

async function runChild(root: string, driver: string, operation: string, point: string): Promise<Ending> {
  const args = [...process.execArgv.filter((arg) => arg.startsWith("--conditions")), child];
  const running = spawn(process.execPath, [...args, root, driver, operation, point], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => running.on("exit", (_, signal) => resolve(signal)));
  const printed = await text(running.stdout);
  const points = printed.split("\n").filter((line) => line !== "" && line !== "done");
  return { signal: await ended, points };
}

async function openHere(root: string, driver: string): Promise<LocalSnapshotter> {
  const openDriver = drivers.get(driver) ?? assert.fail(`no driver ${driver}`);
  const store = await openSnapshotStore(root);
  return createSnapshotter(await openDriver(root), store);
}

/** What a caller can see, without times, which differ from run to run. */
async function stateOf(snapshotter: Snapshotter): Promise<string> {
  const infos = await Array.fromAsync(snapshotter.walk());
  return JSON.stringify(
    infos.map(({ name, kind, parent, readonly, labels }) => ({
      name,
      kind,
      parent,
      readonly,
      labels: [...labels],
    })),
  );
}

async function checkInvariants(snapshotter: LocalSnapshotter, root: string): Promise<void> {
  await snapshotter.cleanup();
  const infos = await Array.fromAsync(snapshotter.walk());
  const byName = new Map<string | null, SnapshotInfo>(infos.map((info) => [info.name, info]));
  assert.equal(byName.size, infos.length, "names are unique");
  for (const { name, kind, parent } of infos) {
    assert.ok(parent === null || byName.get(parent)?.kind === "committed", `the parent of ${name} is committed`);
    await (kind === "active" ? snapshotter.mounts(name) : snapshotter.usage(name));
  }
  // As many as there are records, and each record was found whole by the calls above: none is left over.
  assert.equal((await readdir(join(root, "snapshots"))).length, infos.length, "bytes without a record");
  const others = (await readdir(root)).filter((name) => !/^(lock|snapshots|metadata\.db(-wal|-shm)?)$/.test(name));
  assert.deepEqual(others, [], "files of nobody");
}

interface CrashRuns {
  readonly driver: string;
  /** Names of {@link operations}; each point of each costs a second. */
  readonly names: readonly string[];
  readonly skip: string | undefined;
  /** Called while the tests are declared; gives what makes a fresh root that is furnished, not open, and of that name. */
  readonly declareRoots: () => (name: string) => Promise<string>;
}

/** All operations on one driver; on the others those that move bytes in a way of their own. */
const allRuns: readonly CrashRuns[] = [
  {
    driver: "overlay",
    names: [...operations.keys()],
    skip: whyNoMounts(),
    declareRoots: () => copiesOfTemplate("overlay"),
  },
  {
    driver: "native",
    names: ["prepare", "commit"],
    skip: whyNoMounts(),
    declareRoots: () => copiesOfTemplate("native"),
  },
  {
    driver: "btrfs",
    names: ["prepare", "view", "commit", "remove"],
    skip: whyNoBtrfs(),
    declareRoots: rootsOnBtrfs,
  },
  {
    driver: "windows",
    names: ["prepare", "commit", "remove"],
    skip: undefined,
    declareRoots: () => copiesOfTemplate("windows"),
  },
];

/** A copy takes less time than furnishing each root anew. */
function copiesOfTemplate(driver: string): (name: string) => Promise<string> {
  let directory = "";

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "gantry-crash-"));
    await furnishRoot(join(directory, "template"), driver);
  });

  after(() => rm(directory, { recursive: true, force: true }));

  return async (name) => {
    const root = join(directory, name);
    await cp(join(directory, "template"), root, { recursive: true });
    return root;
  };
}

/** Each is furnished anew: in a copy the subvolumes would be plain directories. */
function rootsOnBtrfs(): (name: string) => Promise<string> {
  const volume = btrfsVolume();
  return async (name) => {
    const { directory } = await volume.makePlace();
    const root = join(directory, name);
    await furnishRoot(root, "btrfs");
    return root;
  };
}

async function furnishRoot(root: string, driver: string): Promise<void> {
  const snapshotter = await openHere(root, driver);
  await furnish(snapshotter);
  await snapshotter.close();
}

for (const { driver, names, skip, declareRoots } of allRuns) {
  describe(`crash safety: ${driver}`, { skip: skip ?? false }, () => {
    const makeRoot = declareRoots();

    for (const operation of names) {
      const perform = operations.get(operation) ?? assert.fail(`no operation ${operation}`);
      it(`${operation} killed at any point is wholly there or wholly absent, and can be repeated`, async (test) => {
        const whole = await makeRoot(`${operation} whole`);
        const { points, signal } = await runChild(whole, driver, operation, "none");
        assert.equal(signal, null);
        const states = await bothStates(await makeRoot(`${operation} before`), whole);
        test.diagnostic(points.join(" "));
        const recordedAt = points.findIndex((point) => point.endsWith(".recorded"));
        for (const point of new Set(points)) {
          const root = await makeRoot(`${operation} ${point}`);
          const crash = await runChild(root, driver, operation, point);
          assert.equal(crash.signal, "SIGKILL", point);
          await checkAfterCrash({ root, point, states, isRecorded: points.indexOf(point) >= recordedAt, perform });
        }
      });
    }

    async function bothStates(...roots: readonly string[]): Promise<readonly string[]> {
      const states: string[] = [];
      for (const root of roots) {
        const snapshotter = await openHere(root, driver);
        states.push(await stateOf(snapshotter));
        await snapshotter.close();
      }
      return states;
    }

    interface Crash {
      readonly root: string;
      readonly point: string;
      /** Before and after the operation. */
      readonly states: readonly string[];
      /** Whether the record had been written by then. */
      readonly isRecorded: boolean;
      readonly perform: (snapshotter: Snapshotter) => Promise<unknown>;
    }

    async function checkAfterCrash({ root, point, states, isRecorded, perform }: Crash): Promise<void> {
      const snapshotter = await openHere(root, driver);
      try {
        const found = await stateOf(snapshotter);
        assert.ok(states.includes(found), `${point}: ${found}`);
        // What comes before the record leaves nothing, what comes behind it leaves all.
        assert.equal(states.indexOf(found), isRecorded ? 1 : 0, point);
        await checkInvariants(snapshotter, root);
        await perform(snapshotter).catch((error: unknown) => {
          assert.ok(isOperationError(error, "already-exists", "not-found"), `${point}: ${error}`);
        });
        assert.equal(await stateOf(snapshotter), states[1], point);
        await checkInvariants(snapshotter, root);
      } finally {
        await snapshotter.close();
      }
    }
  });
}
