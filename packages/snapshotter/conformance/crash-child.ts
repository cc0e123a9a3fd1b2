/*
 * Walks the scenario and ends itself at a given point; run by the tests of crashes and power cuts.
 *
 *   node crash-child.ts '{ "root": ..., "driver": ..., "journal": ..., "end": 3, "cut": 2 }'
 *
 * See `ChildOrders` for what each means.
 */
import { execFileSync } from "node:child_process";
import process from "node:process";
import { setImmediate as nextTurn } from "node:timers/promises";
import { inspect } from "node:util";
import { Journal } from "./crash-journal.ts";
import type { ChildOrders } from "./crash-run.ts";
import { openRoot, walkSteps } from "./crash-walk.ts";

const orders: ChildOrders = JSON.parse(process.argv[2] ?? "");
const journal = new Journal(orders.journal);
let passed = 0;
/** Removals that are under way, behind the calls that asked for them. */
let removing = 0;

function fault(point: string): void {
  journal.add({ point });
  if (point === "layer.remove.begun") removing += 1;
  if (point === "layer.remove.done") removing -= 1;
  if (passed === orders.end) {
    if (orders.cut !== undefined) {
      const [program = "", ...args] = orders.cut;
      execFileSync(program, args);
    }
    process.kill(process.pid, "SIGKILL");
  }
  passed += 1;
}

async function walk(): Promise<void> {
  const snapshotter = await openRoot({ ...orders, fault });
  await walkSteps(snapshotter, {
    driver: orders.driver,
    from: 0,
    repeated: false,
    note: (entry) => journal.add(entry),
  });
  // One that waits for its turn would be left for the next open, and this run would pass fewer points than others.
  do await nextTurn();
  while (removing > 0);
  await snapshotter.close();
}

await walk().catch((error: unknown) => {
  journal.add({ failed: inspect(error) });
  process.exit(1);
});
