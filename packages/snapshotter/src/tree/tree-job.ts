import type { SnapshotUsage } from "@gantry/api";

/** Work on a whole tree of files. Paths are absolute. */
export type TreeJob =
  | { readonly kind: "measure"; readonly root: string }
  | { readonly kind: "remove"; readonly root: string }
  | { readonly kind: "copy"; readonly from: string; readonly to: string };

/** What the thread is sent. */
export interface TreeRequest {
  readonly number: number;
  readonly job: TreeJob;
  /** One number; not 0 asks the thread to stop this job, which then fails with the code ABORT. */
  readonly stop: Int32Array;
}

/** What the thread answers: usage for `measure`, null for the others, or the failure. */
export type TreeResponse =
  | { readonly number: number; readonly result: SnapshotUsage | null }
  | { readonly number: number; readonly failure: { readonly code: string; readonly message: string } };
