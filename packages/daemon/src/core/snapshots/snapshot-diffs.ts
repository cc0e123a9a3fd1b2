import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import {
  type CallOptions,
  type ErrorKind,
  isOperationError,
  type Mount,
  OperationError,
  type SnapshotInfo,
  type Snapshotter,
} from "@gantry/api";
import { Cleanup } from "../../cleanup.ts";
import type { CoreParts } from "../parts.ts";
import type { TreeChange } from "./compare-trees.ts";
import { readonlyMounts } from "./readonly-mounts.ts";
import type { ScopedSnapshotter } from "./scoped-snapshotter.ts";
import type { SnapshotRef, Snapshots } from "./snapshots.ts";
import { compareInThread } from "./tree-comparison.ts";

/** Options of {@link SnapshotDiffs.diff}. */
export interface DiffOptions extends CallOptions {
  /** Key or name of what it is compared with. Default: its parent, or an empty tree if it has none. */
  readonly against?: string | undefined;
}

/** What an errno says of a comparison. */
const kinds: ReadonlyMap<string, ErrorKind> = new Map([
  ["EPERM", "permission-denied"],
  ["EACCES", "permission-denied"],
  ["ENOSYS", "unimplemented"],
  ["ENODEV", "unimplemented"],
  ["ENOMEM", "resource-exhausted"],
  ["ENOSPC", "resource-exhausted"],
  ["EMFILE", "resource-exhausted"],
  ["ENFILE", "resource-exhausted"],
  ["EUCLEAN", "data-loss"],
  ["EIO", "data-loss"],
]);

/** In front of the keys of views that are made to look into a snapshot. No namespace can be named so. */
const viewPrefix = ".diff/";

/**
 * Compares the file trees of snapshots, whatever keeps them: it mounts both beside each other, readonly, in a directory
 * of its own, and walks them. A Committed snapshot is shown by a view that lasts as long as the comparison, and keeps
 * it from being removed; no namespace sees the view.
 */
export class SnapshotDiffs {
  readonly #parts: CoreParts;
  readonly #snapshots: Snapshots;
  readonly #directory: string;

  /** @param directory - absolute path, nobody else's; made where it is missing */
  constructor(parts: CoreParts, snapshots: Snapshots, directory: string) {
    this.#parts = parts;
    this.#snapshots = snapshots;
    this.#directory = directory;
  }

  /**
   * Yields what makes the snapshot `ref` of its parent, in groups, ordered by path. When it has ended, or was left, what
   * it mounted and made is gone.
   *
   * Rejects with
   * - `not-found`: one of the two snapshots, or the snapshotter
   * - `aborted`: an Active one of the two was committed or removed meanwhile
   * - `unimplemented`: this platform or kernel has not what their mounts need
   * - `permission-denied`, `resource-exhausted`, `data-loss`, `internal`: as the kernel says
   */
  async *diff(ref: SnapshotRef, options: DiffOptions = {}): AsyncGenerator<readonly TreeChange[], void, void> {
    const { snapshotter } = this.#snapshots.snapshotter(ref.namespace, ref.snapshotter);
    const after = await snapshotter.stat(ref.name, options);
    const againstName = options.against ?? after.parent;
    const before = againstName === null ? null : await snapshotter.stat(againstName, options);
    await using undo = new Cleanup();
    try {
      const trees = {
        before: before === null ? null : await this.#show(snapshotter, before, undo),
        after: await this.#show(snapshotter, after, undo),
      };
      yield* compareInThread(trees, options.signal);
    } catch (error) {
      options.signal?.throwIfAborted();
      await refuseChanged(snapshotter, [after, before]);
      throw explained(error, ref.name);
    }
    await refuseChanged(snapshotter, [after, before]);
  }

  /** Undoes the mounts and removes the views that a crash has left. What cannot be undone is logged, and left. */
  async clear(): Promise<void> {
    await this.#attempt("mounts of a comparison cannot be undone", async () => {
      const names = await readdir(this.#directory).catch(() => []);
      for (const name of names) await hide(join(this.#directory, name));
    });
    for (const plugin of this.#parts.snapshotters.ready().values()) {
      await this.#attempt("a view of a comparison cannot be removed", () => removeViews(plugin));
    }
  }

  async #attempt(message: string, work: () => Promise<void>): Promise<void> {
    await work().catch((error: unknown) => this.#parts.log.warn({ err: error }, message));
  }

  /** Mounts a snapshot, and returns the path that shows it until `undo`. */
  async #show(snapshotter: ScopedSnapshotter, info: SnapshotInfo, undo: Cleanup): Promise<string> {
    const mounts = await lookInto(snapshotter, info, undo);
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const path = await mkdtemp(join(this.#directory, "tree-"));
    undo.defer(() => hide(path));
    const { mountAll } = await import("@gantry/sys");
    await mountAll(mounts, path);
    return path;
  }
}

/** What shows a snapshot beside whoever else it is shown to, readonly. */
async function lookInto(snapshotter: ScopedSnapshotter, info: SnapshotInfo, undo: Cleanup): Promise<readonly Mount[]> {
  if (info.kind === "active") return readonlyMounts(await snapshotter.mounts(info.name));
  const key = viewPrefix + randomUUID();
  const mounts = await snapshotter.viewAside(key, info.name);
  undo.defer(() => snapshotter.removeAside(key));
  return mounts;
}

/** Only an empty directory is removed, so that what is mounted there for whatever reason is never emptied. */
async function hide(path: string): Promise<void> {
  const { unmountAll } = await import("@gantry/sys");
  await unmountAll(path);
  await rmdir(path);
}

async function removeViews(snapshotter: Snapshotter): Promise<void> {
  const views = await Array.fromAsync(snapshotter.walk({ namePrefix: viewPrefix }));
  for (const { name } of views) await snapshotter.remove(name);
}

/** The tree of an Active snapshot goes away under a comparison with its key: what was seen then is of no snapshot. */
async function refuseChanged(snapshotter: ScopedSnapshotter, seen: readonly (SnapshotInfo | null)[]): Promise<void> {
  for (const info of seen) {
    if (info?.kind !== "active") continue;
    const now = await snapshotter.stat(info.name).catch((error: unknown) => {
      if (isOperationError(error, "not-found")) return undefined;
      throw error;
    });
    if (now?.kind === "active" && now.createdAt.getTime() === info.createdAt.getTime()) continue;
    const detail = "was committed or removed while it was compared";
    throw new OperationError("aborted", { type: "snapshot", id: info.name }, detail);
  }
}

function explained(error: unknown, name: string): unknown {
  if (isOperationError(error) || !(error instanceof Error)) return error;
  const errno = "errno" in error && typeof error.errno === "string" ? error.errno : undefined;
  const code = errno ?? ("code" in error ? String(error.code) : "");
  const detail = `cannot be compared: ${error.message}`;
  return new OperationError(kinds.get(code) ?? "internal", { type: "snapshot", id: name }, detail, { cause: error });
}
