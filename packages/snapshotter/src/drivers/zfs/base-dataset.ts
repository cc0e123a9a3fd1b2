import { realpath } from "node:fs/promises";
import { OperationError, type Subject } from "@gantry/api";
import { isDatasetName, propertyValue } from "./properties.ts";
import type { ZfsCommands } from "./zfs-commands.ts";
import { failedAs, zfsFailure } from "./zfs-error.ts";

/**
 * Finds the dataset whose children the snapshots become: the one named, or else the one mounted at `root`.
 *
 * Rejects with
 * - `unimplemented`: there is no ZFS on this host, or none is named and none is mounted at `root`
 * - `failed-precondition`: the one named does not exist, or is a volume or a snapshot
 * - `invalid-argument`: `named` cannot be the name of a dataset
 */
export async function findBaseDataset(zfs: ZfsCommands, root: string, named: string | undefined): Promise<string> {
  try {
    return await (named === undefined ? mountedAt(zfs, root) : existing(zfs, root, named));
  } catch (error) {
    if (failedAs(error, "no-zfs")) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new OperationError("unimplemented", subjectOf(root), `zfs does not work here: ${reason}`, { cause: error });
    }
    throw zfsFailure({ type: "snapshotter", id: root }, "the base dataset cannot be read", error);
  }
}

async function existing(zfs: ZfsCommands, root: string, dataset: string): Promise<string> {
  if (!isDatasetName(dataset)) {
    throw new OperationError(
      "invalid-argument",
      subjectOf(root),
      `${JSON.stringify(dataset)} cannot be the name of a dataset`,
    );
  }
  const properties = await zfs.get([dataset], ["type"]).catch((error: unknown) => {
    throw failedAs(error, "missing")
      ? new OperationError(
          "failed-precondition",
          subjectOf(root),
          `the base dataset ${JSON.stringify(dataset)} does not exist`,
          { cause: error },
        )
      : error;
  });
  const type = propertyValue(properties, dataset, "type");
  if (type !== "filesystem") {
    throw new OperationError(
      "failed-precondition",
      subjectOf(root),
      `the base dataset ${JSON.stringify(dataset)} is a ${type}`,
    );
  }
  return dataset;
}

async function mountedAt(zfs: ZfsCommands, root: string): Promise<string> {
  // By the list of all: zfs-fuse takes no path for a name.
  const properties = await zfs.get([], ["mountpoint", "mounted"]);
  const place = await realpath(root);
  const found = properties.find(
    ({ dataset, property, value }) =>
      property === "mountpoint" && value === place && propertyValue(properties, dataset, "mounted") === "yes",
  );
  if (found === undefined) {
    throw new OperationError(
      "unimplemented",
      subjectOf(root),
      "no dataset is mounted at the root, and the option dataset names none",
    );
  }
  return found.dataset;
}

function subjectOf(root: string): Subject {
  return { type: "snapshotter", id: root };
}
