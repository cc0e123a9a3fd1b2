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

/** All of them on one driver; on the other those that move bytes in a way of its own, since each point costs a second. */
const operationsOf: ReadonlyMap<string, readonly string[]> = new Map([
  ["overlay", [...operations.keys()]],
  ["native", ["prepare", "commit"]],
]);

for (const [driver, names] of operationsOf) {
  describe(`crash safety: ${driver}`, { skip: whyNoMounts() ?? false }, () => {
    let directory = "";

    before(async () => {
      directory = await mkdtemp(join(tmpdir(), "gantry-crash-"));
      const snapshotter = await openHere(join(directory, "template"), driver);
      await furnish(snapshotter);
      await snapshotter.close();
    });

    after(() => rm(directory, { recursive: true, force: true }));

    async function copyOfTemplate(name: string): Promise<string> {
      const root = join(directory, name);
      await cp(join(directory, "template"), root, { recursive: true });
      return root;
    }

    for (const operation of names) {
      const perform = operations.get(operation) ?? assert.fail(`no operation ${operation}`);
      it(`${operation} killed at any point is wholly there or wholly absent, and can be repeated`, async (test) => {
        const whole = await copyOfTemplate(`${operation} whole`);
        const { points, signal } = await runChild(whole, driver, operation, "none");
        assert.equal(signal, null);
        const states = await bothStates(join(directory, "template"), whole);
        test.diagnostic(points.join(" "));
        for (const point of points) {
          const root = await copyOfTemplate(`${operation} ${point}`);
          const crash = await runChild(root, driver, operation, point);
          assert.equal(crash.signal, "SIGKILL", point);
          await checkAfterCrash({ root, point, states, perform });
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
      readonly perform: (snapshotter: Snapshotter) => Promise<unknown>;
    }

    async function checkAfterCrash({ root, point, states, perform }: Crash): Promise<void> {
      const snapshotter = await openHere(root, driver);
      try {
        const found = await stateOf(snapshotter);
        assert.ok(states.includes(found), `${point}: ${found}`);
        // What comes before the record leaves nothing, what comes behind it leaves all.
        assert.equal(states.indexOf(found), point.endsWith(".recorded") ? 1 : 0, point);
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
