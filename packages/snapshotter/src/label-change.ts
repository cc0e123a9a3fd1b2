import { checkLabels, OperationError, type SnapshotUpdate } from "@gantry/api";
import { snapshotSubject } from "./names.ts";

/**
 * What the labels `old` of the snapshot `name` become by `change`, as `Snapshotter.update` describes.
 *
 * Throws `invalid-argument`: a path is neither `labels` nor `labels.KEY`, or a resulting label breaks its rule.
 */
export function changedLabels(
  name: string,
  old: ReadonlyMap<string, string>,
  change: SnapshotUpdate & { readonly fieldPaths?: readonly string[] | undefined },
): ReadonlyMap<string, string> {
  let labels = new Map(old);
  for (const path of change.fieldPaths ?? ["labels"]) {
    if (path === "labels") {
      labels = new Map(change.labels);
      continue;
    }
    const key = labelKeyOf(name, path);
    const value = change.labels.get(key);
    if (value === undefined) {
      labels.delete(key);
    } else {
      labels.set(key, value);
    }
  }
  return checkLabels(snapshotSubject(name), labels);
}

function labelKeyOf(name: string, path: string): string {
  const prefix = "labels.";
  if (!path.startsWith(prefix) || path.length === prefix.length) {
    const detail = `field path ${JSON.stringify(path)} cannot be updated, only "labels" and "labels.KEY" can`;
    throw new OperationError("invalid-argument", snapshotSubject(name), detail);
  }
  return path.slice(prefix.length);
}
