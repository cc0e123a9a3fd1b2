import type { Mount } from "../../mount.ts";
import type { Snapshotter } from "../../snapshotter.ts";
import type { CaseContext, Harness } from "../suite.ts";

/** What the cases of the snapshotter suite work with: a fresh instance with nothing in it, and hands to perform mounts. */
export interface SnapshotterHarness extends Harness {
  readonly snapshotter: Snapshotter;
  /**
   * Performs `mounts` in a directory, gives its absolute path to `look`, and undoes them, also when `look` rejects.
   * Absent where nothing can be mounted; cases about files are skipped then.
   */
  readonly withTree?: <T>(mounts: readonly Mount[], look: (path: string) => Promise<T>) => Promise<T>;
  /**
   * Closes the instance and opens another one over what it left, as after a restart. Absent where an instance leaves
   * nothing. The harness closes the new one.
   */
  readonly reopen?: () => Promise<Snapshotter>;
  /** Reach extended attributes, which Node cannot. Absent where nothing can; cases about them are skipped then. */
  readonly xattrs?: XattrAccess;
  /**
   * Lists what the instance keeps: one entry for each snapshot that has bytes of its own, and one for everything else,
   * such as a place to work in. What `remove` has freed may still be there. Absent where nobody can look; cases about
   * what a failed call leaves behind are skipped then.
   */
  readonly places?: () => Promise<readonly string[]>;
}

/** Hands to reach the extended attributes of a file itself, no symbolic link being followed. */
export interface XattrAccess {
  /** Sets an attribute. Gives `false` where the file system keeps none of this kind, or this process may set none. */
  readonly set: (path: string, name: string, value: Uint8Array) => Promise<boolean>;
  /** The value of an attribute, or `null` where the file has none of that name. */
  readonly get: (path: string, name: string) => Promise<Uint8Array | null>;
}

/** A harness that can show files. */
export type TreeHarness = Required<Pick<SnapshotterHarness, "snapshotter" | "withTree">>;

/** A case about files; skipped where the harness cannot show any. */
export function onTrees(body: (harness: TreeHarness, context: CaseContext) => Promise<void>) {
  return async (harness: SnapshotterHarness, context: CaseContext): Promise<void> => {
    const { withTree } = harness;
    if (withTree === undefined) {
      context.skip("the harness performs no mounts");
      return;
    }
    await body({ snapshotter: harness.snapshotter, withTree }, context);
  };
}

/** A case about extended attributes; skipped where the harness can show no files or cannot reach the attributes. */
export function onXattrs(
  body: (harness: TreeHarness & { readonly xattrs: XattrAccess }, context: CaseContext) => Promise<void>,
) {
  return async (harness: SnapshotterHarness, context: CaseContext): Promise<void> => {
    const { xattrs } = harness;
    if (xattrs === undefined) {
      context.skip("the harness cannot reach extended attributes");
      return;
    }
    await onTrees((trees) => body({ ...trees, xattrs }, context))(harness, context);
  };
}

/** Makes the Committed snapshot `name` on `parent`, with what `change` does to the files. */
export async function commitTree(
  { snapshotter, withTree }: TreeHarness,
  name: string,
  parent: string | null,
  change: (path: string) => Promise<void>,
): Promise<void> {
  const key = `making ${name}`;
  await withTree(await snapshotter.prepare(key, parent), change);
  await snapshotter.commit(name, key);
}

/** Shows the files of the Committed snapshot `name` by a view, which is removed afterwards. */
export async function viewTree<T>(
  { snapshotter, withTree }: TreeHarness,
  name: string,
  look: (path: string) => Promise<T>,
): Promise<T> {
  const key = `looking at ${name}`;
  const mounts = await snapshotter.view(key, name);
  try {
    return await withTree(mounts, look);
  } finally {
    await snapshotter.remove(key);
  }
}

/** Makes an empty Committed snapshot. */
export async function commitEmpty(snapshotter: Snapshotter, name: string, parent: string | null = null): Promise<void> {
  await snapshotter.prepare(`making ${name}`, parent);
  await snapshotter.commit(name, `making ${name}`);
}
