/*
 * Performs one operation on a snapshotter and ends itself by SIGKILL at a given point; run by crash.test.ts.
 *
 *   node crash-child.ts ROOT DRIVER OPERATION POINT
 *
 * Prints each point as it comes past, then "done". With a POINT that never comes it runs to its end.
 */
import { writeSync } from "node:fs";
import process from "node:process";
import { createSnapshotter } from "../src/snapshotter.ts";
import { openSnapshotStore } from "../src/sqlite-store.ts";
import { drivers, operations } from "./crash-scenario.ts";

const [root = "", driver = "", operation = "", target = ""] = process.argv.slice(2);
const openDriver = drivers.get(driver) ?? drivers.values().next().value;
const perform = operations.get(operation);
if (openDriver === undefined || perform === undefined) {
  throw new TypeError(`no driver ${driver} or no operation ${operation}`);
}

function fault(point: string): void {
  // By the system call itself: a line in a buffer would be lost with the process.
  writeSync(1, `${point}\n`);
  if (point === target) {
    process.kill(process.pid, "SIGKILL");
  }
}

const store = await openSnapshotStore(root);
const snapshotter = await createSnapshotter(await openDriver(root), store, { fault });
await perform(snapshotter);
await snapshotter.cleanup();
await snapshotter.close();
writeSync(1, "done\n");
