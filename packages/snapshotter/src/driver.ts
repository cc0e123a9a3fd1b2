import type { Mount, SnapshotterCapabilities, SnapshotUsage } from "@gantry/api";

/** One snapshot as a driver knows it: by numbers alone, so that no key or name ever becomes a path. */
export interface Layer {
  /** A positive integer that is never given out twice for one root. */
  readonly id: number;
  /** The snapshots below, nearest first; all of them sealed. */
  readonly ancestors: readonly number[];
  /** Whether this is a view. */
  readonly readonly: boolean;
  /** The key, for drivers whose format gives it a meaning; it must never become a path. */
  readonly key?: string;
  /** The labels of the key, for drivers whose format gives some a meaning. They may change from call to call. */
  readonly labels?: ReadonlyMap<string, string>;
}

/** What may stop or watch the work of a driver. */
export interface DriverCall {
  readonly signal?: AbortSignal | undefined;
  /** See {@link FaultHook}. */
  readonly fault: FaultHook;
}

/**
 * Called at each point between two steps that a crash may part, with the name of the point. Does nothing, except in
 * tests, which end the process there.
 */
export type FaultHook = (point: string) => void;

/**
 * Makes, seals, shows, measures and removes the bytes of snapshots, and knows nothing else of them.
 *
 * Everything about names, kinds, parents and their order is checked above, and calls for one id never overlap; neither
 * do `remove` of an id and `make` on top of it. What a crash leaves half made has no record, and is found by `list`
 * and removed at the next open.
 *
 * Errors are `OperationError`s; those about one snapshot are given its name by the caller.
 */
export interface SnapshotDriver {
  readonly capabilities: SnapshotterCapabilities;

  /**
   * Makes the bytes of a new Active snapshot; they have reached the disk when it resolves. What it leaves when it
   * rejects is removed by a call of `remove`.
   *
   * Rejects with
   * - `invalid-argument`: there are more ancestors than can be shown
   * - `data-loss`: bytes of an ancestor are missing
   * - `resource-exhausted`, `permission-denied`, `internal`: as the file system says
   */
  make(layer: Layer, call: DriverCall): Promise<void>;

  /** What shows the layer; the same list at each call. Rejects with `data-loss`: bytes of it are missing. */
  mounts(layer: Layer): Promise<readonly Mount[]>;

  /**
   * Brings what was written into an Active snapshot to the disk, and measures it. Nothing is written afterwards. A
   * second call repeats it, since the commit that it is for may fail.
   *
   * Rejects with
   * - `failed-precondition`: it holds what children could not be given; the message names it, and nothing has changed
   * - `data-loss`: bytes of it are missing
   * - `resource-exhausted`, `permission-denied`, `internal`: as the file system says
   */
  seal(layer: Layer, call: DriverCall): Promise<SnapshotUsage>;

  /** Measures what is there now; a file with several names counts once. */
  usage(layer: Layer, call: DriverCall): Promise<SnapshotUsage>;

  /**
   * Removes the bytes of `id`, wholly or half made. That there are none is success, and so a removal that a crash cut
   * off is repeated. It is never aborted.
   */
  remove(id: number, call: DriverCall): Promise<void>;

  /** The ids that have bytes, wholly or half made. */
  list(): Promise<readonly number[]>;

  /** Stops all work and frees what is held of the process. Idempotent. */
  close(): Promise<void>;
}
