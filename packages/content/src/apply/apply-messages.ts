import type { ErrorKind, Subject } from "@gantry/api";
import type { LayerLimits } from "./layer-limits.ts";

/** What an applying thread is to do. */
export interface ApplyJob {
  /** Absolute path of the directory that the layer changes. */
  readonly root: string;
  /** Digest of the blob; names the layer in errors, and says how the blob is hashed. */
  readonly digest: string;
  readonly limits: LayerLimits;
}

/** What a layer turned out to be. */
export interface AppliedLayer {
  /** Digest of the bytes that came in. */
  readonly digest: string;
  readonly sizeBytes: bigint;
  /** Sha256 of the bytes after decompression (OCI image specification, config.md, "Layer DiffID"). */
  readonly diffId: string;
  readonly uncompressedBytes: bigint;
  readonly entries: number;
}

/** To the thread: a job, then the blob in pieces, then its end, or a reason to stop at any time. */
export type ToApplyThread =
  | { readonly say: "start"; readonly job: ApplyJob }
  | { readonly say: "piece"; readonly bytes: Uint8Array }
  | { readonly say: "end" }
  | { readonly say: "stop" };

/** From the thread: one `taken` for each piece, then exactly one outcome. The thread is idle afterwards. */
export type FromApplyThread =
  | { readonly say: "taken"; readonly bytes: number }
  | { readonly say: "done"; readonly layer: AppliedLayer }
  /** `digest` is of the whole blob where that was read to its end in spite of the failure. */
  | { readonly say: "failed"; readonly failure: ApplyFailure; readonly digest: string | undefined };

/** An error on its way between threads, which would lose its class. */
export interface ApplyFailure {
  readonly kind: ErrorKind;
  readonly subject: Subject;
  readonly detail: string;
  readonly cause: unknown;
}
