import { createHash } from "node:crypto";
import { closeSync, constants, openSync } from "node:fs";
import { OperationError, type Subject } from "@gantry/api";
import { syncfs } from "@gantry/sys/at";
import { decompress } from "../compression.ts";
import { parseDigest } from "../digest.ts";
import { type TarEvent, TarReader } from "../tar/tar-reader.ts";
import type { AppliedLayer, ApplyJob } from "./apply-messages.ts";
import { LayerApplier } from "./layer-applier.ts";
import type { LayerLimits } from "./layer-limits.ts";
import type { PieceQueue } from "./piece-queue.ts";

/** The blob of a job as it comes in, with its digest and size so far. */
export class HashedBlob {
  readonly #queue: PieceQueue;
  readonly #algorithm: "sha256" | "sha512";
  readonly #hash;
  #sizeBytes = 0n;

  constructor(queue: PieceQueue, digest: string) {
    this.#queue = queue;
    this.#algorithm = parseDigest(digest).algorithm;
    this.#hash = createHash(this.#algorithm);
  }

  get sizeBytes(): bigint {
    return this.#sizeBytes;
  }

  /** The digest of all that was read. */
  digest(): string {
    return `${this.#algorithm}:${this.#hash.copy().digest("hex")}`;
  }

  /** The pieces that were not read yet. Leaving the iteration early loses nothing. */
  async *pieces(): AsyncGenerator<Uint8Array, void, void> {
    for (let piece = await this.#queue.next(); piece !== undefined; piece = await this.#queue.next()) {
      this.#sizeBytes += BigInt(piece.length);
      this.#hash.update(piece);
      yield piece;
    }
  }
}

/**
 * Applies a layer to the directory of `job`, on the calling thread, and brings it to the disk.
 *
 * Rejects with
 * - `invalid-argument`: the archive is damaged or unsafe; the message names entry and rule
 * - `resource-exhausted`: a limit, or the disk
 */
export async function applyStream(job: ApplyJob, blob: HashedBlob): Promise<AppliedLayer> {
  const subject: Subject = { type: "layer", id: job.digest };
  const root = openSync(job.root, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  const applier = new LayerApplier(root, subject, job.limits);
  try {
    const reader = new TarReader(subject, job.limits.headerBytes);
    const diffId = createHash("sha256");
    let uncompressedBytes = 0n;
    for await (const piece of decompress(blob.pieces(), subject)) {
      uncompressedBytes += BigInt(piece.length);
      checkSize(subject, job.limits, { uncompressedBytes, blobBytes: blob.sizeBytes });
      diffId.update(piece);
      for (const event of reader.push(piece)) handle(applier, event);
    }
    reader.end();
    applier.finish();
    await syncfs(root);
    return {
      digest: blob.digest(),
      sizeBytes: blob.sizeBytes,
      diffId: `sha256:${diffId.digest("hex")}`,
      uncompressedBytes,
      entries: applier.entries,
    };
  } finally {
    applier.close();
    closeSync(root);
  }
}

/** The reader gives data without its entry; the last one begun is meant. */
function handle(applier: LayerApplier, event: TarEvent): void {
  switch (event.kind) {
    case "entry":
      applier.begin(event.entry);
      break;
    case "data":
      applier.write(event.bytes);
      break;
    case "end":
      applier.end();
  }
}

function checkSize(
  subject: Subject,
  limits: LayerLimits,
  { uncompressedBytes, blobBytes }: { readonly uncompressedBytes: bigint; readonly blobBytes: bigint },
): void {
  if (uncompressedBytes > limits.totalBytes) {
    throw new OperationError("resource-exhausted", subject, `has more than ${limits.totalBytes} bytes`);
  }
  if (uncompressedBytes > limits.ratioFloorBytes && uncompressedBytes > blobBytes * BigInt(limits.ratio)) {
    const rule = `has more than ${limits.ratio} times the bytes of its compressed form (${blobBytes} read so far)`;
    throw new OperationError("resource-exhausted", subject, rule);
  }
}
