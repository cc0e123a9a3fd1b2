/** The thread of `TreeComparison`: compares as far as it is asked to, so that a slow reader never makes it pile up changes. */
import { parentPort, workerData } from "node:worker_threads";
import { compareTrees, type TreeChange } from "./compare-trees.ts";
import type { ComparedTrees, ComparisonAnswer } from "./tree-comparison.ts";

/** How many changes travel together: far below the limit of a message, however long their paths. */
const batchSize = 128;

const { after, before }: ComparedTrees = workerData;
const changes = compareTrees(before, after);

parentPort?.on("message", () => parentPort?.postMessage(nextAnswer()));

function nextAnswer(): ComparisonAnswer {
  const batch: TreeChange[] = [];
  try {
    while (batch.length < batchSize) {
      const step = changes.next();
      if (step.done === true) return { changes: batch, done: true };
      batch.push(step.value);
    }
    return { changes: batch, done: false };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const code = "code" in error ? String(error.code) : "";
    return { failure: { code, message: error.message } };
  }
}
