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
}

/** A harness that can show files. */
export type TreeHarness = Required<Pick<SnapshotterHarness, "snapshotter" | "withTree">>;

/** A case about files; skipped where the harness cannot show any. */
export function onTrees(body: (harness: TreeHarness) => Promise<void>) {
  return async (harness: SnapshotterHarness, context: CaseContext): Promise<void> => {
    const { withTree } = harness;
    if (withTree === undefined) {
      context.skip("the harness performs no mounts");
      return;
    }
    await body({ snapshotter: harness.snapshotter, withTree });
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
