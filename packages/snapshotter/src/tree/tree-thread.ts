import { parentPort } from "node:worker_threads";
import type { SnapshotUsage } from "@gantry/api";
import { errnoOf } from "../errno.ts";
import { measureTree } from "./measure-tree.ts";
import { removeTree } from "./remove-tree.ts";
import type { TreeJob, TreeRequest, TreeResponse } from "./tree-job.ts";

/** Thrown at the next file when a job is asked to stop. */
class StoppedError extends Error {
  readonly code = "ABORT";
}

async function perform(job: TreeJob, proceed: () => void): Promise<SnapshotUsage | null> {
  switch (job.kind) {
    case "measure":
      return measureTree(Buffer.from(job.root), proceed);
    case "remove":
      removeTree(Buffer.from(job.root));
      return null;
    case "copy": {
      // Only who copies pays for loading the system calls that Node lacks.
      const { copyTree } = await import("./copy-tree.ts");
      copyTree(Buffer.from(job.from), Buffer.from(job.to), proceed);
      return null;
    }
  }
}

async function respond({ number, job, stop }: TreeRequest): Promise<TreeResponse> {
  const proceed = () => {
    if (Atomics.load(stop, 0) !== 0) {
      throw new StoppedError("stopped");
    }
  };
  try {
    return { number, result: await perform(job, proceed) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { number, failure: { code: errnoOf(error) ?? "", message } };
  }
}

parentPort?.on("message", (request: TreeRequest) => {
  void respond(request).then((response) => parentPort?.postMessage(response));
});
