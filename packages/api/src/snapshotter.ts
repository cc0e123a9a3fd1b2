import type { CallOptions } from "./call-options.ts";
import type { Mount } from "./mount.ts";

/**
 * The type of a snapshot, fixed when its record is made. `active`: may still change, named by a *key*.
 * `committed`: never changes again, named by a *name*.
 */
export type SnapshotKind = "active" | "committed";

/** What is known about one snapshot. */
export interface SnapshotInfo {
  /** The key of an Active snapshot, the name of a Committed one. Unique over both kinds. */
  readonly name: string;
  readonly kind: SnapshotKind;
  /** The Committed snapshot this one was made on, or `null` for one made from nothing. */
  readonly parent: string | null;
  /** Whether this is a view: an Active snapshot that cannot be written or committed. */
  readonly readonly: boolean;
  readonly labels: ReadonlyMap<string, string>;
  readonly createdAt: Date;
  /** Equals `createdAt` until the first `update`. */
  readonly updatedAt: Date;
}

/** The room that a snapshot takes of its own, its parents not counted. */
export interface SnapshotUsage {
  /** Allocated bytes; a file with several names counts once. */
  readonly sizeBytes: bigint;
  /** Files, directories and everything else that takes an inode; a file with several names counts once. */
  readonly inodes: bigint;
}

/** What a snapshotter can do beyond what the contract demands of all. */
export interface SnapshotterCapabilities {
  /** `prepare` and `view` cost the same whatever the parent's size. */
  readonly copyOnWrite: boolean;
}

/** Options of `prepare`, `view` and `commit`. */
export interface SnapshotOptions extends CallOptions {
  /** Labels of the new snapshot; a key and its value are 4,096 bytes together at most. Default: none. */
  readonly labels?: ReadonlyMap<string, string>;
}

/** What `update` changes. */
export interface SnapshotUpdate {
  readonly labels: ReadonlyMap<string, string>;
}

/** What `update` takes besides the change. */
export interface SnapshotUpdateOptions extends CallOptions {
  /**
   * Names what to change: `labels` replaces all labels, `labels.KEY` sets the one (or deletes it where `labels` lacks
   * it); KEY is everything behind the first dot. Default: `["labels"]`.
   */
  readonly fieldPaths?: readonly string[];
}

/** Which snapshots `walk` shows. All given conditions hold together. */
export interface SnapshotFilter extends CallOptions {
  readonly kind?: SnapshotKind;
  /** Only snapshots made on this one; `null`: only those made from nothing. */
  readonly parent?: string | null;
  /** Only snapshots whose key or name begins with this. */
  readonly namePrefix?: string;
  /** Only snapshots that carry each of these labels with this value. */
  readonly labels?: ReadonlyMap<string, string>;
}

/**
 * Keeps the file trees that containers run on, as a forest of snapshots.
 *
 * A snapshot is Active (may still change) or Committed (never changes again). That is its type, not a state it passes
 * through: a record never changes its kind. An Active snapshot is made from a Committed one or from nothing; a
 * Committed one is made from an Active one; only a Committed one can be a parent.
 *
 * Keys and names share one keyspace, so of any number of writers preparing one key exactly one succeeds: the identity
 * is a lock for whoever needs one.
 *
 * ```
 *          prepare(key, parent)            commit(name, key)
 * parent ───────────────────────▶ key ───────────────────────▶ name
 * committed                       active                       committed, and `key` is gone
 * ```
 *
 * Unpacking a layer is `prepare`, apply the layer under the mounts, `commit`. Running a container is `prepare` on the
 * top layer, run under the mounts, `remove`. Looking into an image is `view`, read, `remove`.
 *
 * Nothing here mounts, unpacks or hashes; results are {@link Mount} lists that the caller performs. Calls may overlap
 * within a process. Two processes must not open the same root: the second is refused.
 *
 * Every call that changes something is durable when it resolves, and after a crash at any instruction it is wholly
 * there or wholly absent.
 */
export interface Snapshotter {
  /** Constant for the life of the instance. */
  readonly capabilities: SnapshotterCapabilities;

  /**
   * Starts a writable Active snapshot on top of `parent` and returns the mounts that show it.
   *
   * Once resolved, `key` exists and survives a restart; if rejected, nothing of it remains. Writes under the mounts
   * never reach `parent`, which other snapshots may share.
   *
   * @param key - new identifier, 1 to 512 UTF-8 bytes without NUL; opaque, never used as a path
   * @param parent - name of a Committed snapshot, or `null` for an empty tree
   * @returns mounts in the order to perform them; at least one
   *
   * Rejects with
   * - `already-exists`: `key` names a snapshot of either kind
   * - `not-found`: `parent` names nothing
   * - `failed-precondition`: `parent` is Active
   * - `invalid-argument`: `key` or a label breaks its rule, or the chain of parents is longer than this host can mount
   * - `resource-exhausted`: the root has no room left
   *
   * Cost: constant where `capabilities.copyOnWrite`, else proportional to the bytes in `parent`.
   */
  prepare(key: string, parent: string | null, options?: SnapshotOptions): Promise<readonly Mount[]>;

  /**
   * Starts a view: a readonly Active snapshot on top of `parent`, shown by mounts that refuse every write.
   *
   * A view can be shown again and removed, never committed. All else is as for `prepare`: what it rejects with, and its
   * cost.
   */
  view(key: string, parent: string | null, options?: SnapshotOptions): Promise<readonly Mount[]>;

  /**
   * Returns the mounts of an Active snapshot again, equal to those that `prepare` or `view` returned.
   *
   * They stay valid until the key is committed or removed. Performing them twice at once for a writable snapshot is
   * the caller's mistake, and not noticed here.
   *
   * Rejects with
   * - `not-found`: `key` names nothing
   * - `failed-precondition`: `key` is Committed; make a view of it instead
   */
  mounts(key: string, options?: CallOptions): Promise<readonly Mount[]>;

  /**
   * Makes the Committed snapshot `name` of what `key` holds now, and consumes `key`.
   *
   * After success `name` exists, `key` is gone and free for reuse, its mounts must be used no longer, and the parent is
   * the one that `key` had. The content has reached the disk before the record says so. After failure `key` is as it
   * was and `name` does not exist.
   *
   * @param name - new identifier under the rules of `prepare`; may equal a key that was used before, not `key` itself
   *
   * Rejects with
   * - `not-found`: `key` names nothing
   * - `failed-precondition`: `key` is Committed, or a view, or holds what children could not be given, such as a file
   *   system within; the message names it
   * - `already-exists`: `name` names a snapshot of either kind
   * - `invalid-argument`: `name` or a label breaks its rule
   *
   * Labels of `key` are not inherited. Cost: one rename and one sync of the file system.
   */
  commit(name: string, key: string, options?: SnapshotOptions): Promise<void>;

  /**
   * Removes a snapshot of either kind; its identifier is free for reuse at once, as either kind.
   *
   * The caller has undone its mounts before. Bytes may be freed after the promise resolves, also after a crash.
   *
   * Rejects with
   * - `not-found`: `name` names nothing
   * - `failed-precondition`: another snapshot has `name` as its parent; the message says how many
   */
  remove(name: string, options?: CallOptions): Promise<void>;

  /**
   * Returns what is known about a snapshot of either kind.
   *
   * Rejects with
   * - `not-found`: `name` names nothing
   */
  stat(name: string, options?: CallOptions): Promise<SnapshotInfo>;

  /**
   * Changes labels of a snapshot of either kind and returns its info afterwards. Name, kind, parent and `createdAt`
   * never change; `updatedAt` becomes the present.
   *
   * Rejects with
   * - `not-found`: `name` names nothing
   * - `invalid-argument`: a field path is neither `labels` nor `labels.KEY`, or a label breaks its rule
   */
  update(name: string, change: SnapshotUpdate, options?: SnapshotUpdateOptions): Promise<SnapshotInfo>;

  /**
   * Returns the room that a snapshot takes of its own. Measured anew for an Active one, so it may be old on arrival;
   * measured once, at commit, for a Committed one.
   *
   * Rejects with
   * - `not-found`: `name` names nothing
   *
   * Cost: a walk over the snapshot's own files if Active, constant if Committed.
   */
  usage(name: string, options?: CallOptions): Promise<SnapshotUsage>;

  /**
   * Shows the snapshots that match `filter`, ordered by name (by UTF-8 bytes), each once.
   *
   * The list is as of the first step. Every other call may be made between two steps, `remove` of the shown one too;
   * a snapshot removed meanwhile may still be shown.
   */
  walk(filter?: SnapshotFilter): AsyncIterable<SnapshotInfo>;

  /**
   * Frees what the instance holds of the process: handles, locks, threads. Snapshots stay. Idempotent; every later
   * call rejects with `failed-precondition`.
   */
  close(): Promise<void>;
}
