import { parentPort } from "node:worker_threads";
import { isOperationError } from "@gantry/api";
import type { ApplyFailure, ApplyJob, FromApplyThread, ToApplyThread } from "./apply-messages.ts";
import { applyStream, HashedBlob } from "./apply-stream.ts";
import { PieceQueue } from "./piece-queue.ts";

let queue = new PieceQueue(() => {});

parentPort?.on("message", (message: ToApplyThread) => {
  switch (message.say) {
    case "start":
      queue = new PieceQueue((bytes) => tell({ say: "taken", bytes }));
      void perform(message.job, new HashedBlob(queue, message.job.digest));
      break;
    case "piece":
      queue.push(message.bytes);
      break;
    case "end":
      queue.end();
      break;
    case "stop":
      queue.stop(new TypeError("the job was stopped"));
  }
});

function tell(message: FromApplyThread): void {
  parentPort?.postMessage(message);
}

async function perform(job: ApplyJob, blob: HashedBlob): Promise<void> {
  try {
    tell({ say: "done", layer: await applyStream(job, blob) });
  } catch (error) {
    const digest = isOperationError(error, "invalid-argument") ? await digestOfAll(blob) : undefined;
    tell({ say: "failed", failure: failureOf(error, job), digest });
  }
}

/** The digest of the blob with what was left of it unread: whether the archive is bad or the disk, only that tells. */
async function digestOfAll(blob: HashedBlob): Promise<string | undefined> {
  try {
    for await (const _ of blob.pieces());
    return blob.digest();
  } catch {
    // The job was stopped meanwhile, and whoever stopped it knows why.
    return undefined;
  }
}

function failureOf(error: unknown, job: ApplyJob): ApplyFailure {
  if (isOperationError(error)) {
    const { kind, subject, detail } = error;
    return { kind, subject, detail, cause: String(error.cause ?? "") };
  }
  const detail = error instanceof Error ? error.message : String(error);
  return { kind: "internal", subject: { type: "layer", id: job.digest }, detail, cause: errorText(error) };
}

function errorText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
