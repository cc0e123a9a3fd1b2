import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Returns what this process needs: told only after what it does not need has been collected. */
export function neededMemory(): NodeJS.MemoryUsage {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc()");
  return process.memoryUsage();
}

/** What is resident but for the empty room of V8's heap, which it makes 20 MiB larger or smaller at its own time. */
export function heldBytes({ rss, heapTotal, heapUsed }: NodeJS.MemoryUsage): number {
  return rss - (heapTotal - heapUsed);
}
