import { parentPort } from "node:worker_threads";
import type { SnapshotUsage } from "@gantry/api";
import { errnoOf } from "../file-error.ts";
import { copyTree } from "./copy-tree.ts";
import { measureTree } from "./measure-tree.ts";
import { removeTree } from "./remove-tree.ts";
import type { TreeJob, TreeRequest, TreeResponse } from "./tree-job.ts";

/** Thrown at the next file when a job is asked to stop. */
class StoppedError extends Error {
  readonly code = "ABORT";
}

function perform(job: TreeJob, proceed: () => void): SnapshotUsage | null {
  switch (job.kind) {
    case "measure":
      return measureTree(Buffer.from(job.root), proceed);
    case "remove":
      removeTree(Buffer.from(job.root));
      return null;
    case "copy":
      copyTree(Buffer.from(job.from), Buffer.from(job.to), proceed);
      return null;
  }
}

function respond({ number, job, stop }: TreeRequest): TreeResponse {
  const proceed = () => {
    if (Atomics.load(stop, 0) !== 0) {
      throw new StoppedError("stopped");
    }
  };
  try {
    return { number, result: perform(job, proceed) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { number, failure: { code: errnoOf(error) ?? "", message } };
  }
}

parentPort?.on("message", (request: TreeRequest) => parentPort?.postMessage(respond(request)));
