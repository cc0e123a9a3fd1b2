import { join } from "node:path";
import { OperationError } from "@gantry/api";
import { childNumbers, type ZfsProperty } from "./properties.ts";
import type { ZfsCommands } from "./zfs-commands.ts";

/** Where the children of a base dataset are to be. */
export interface BaseDataset {
  readonly base: string;
  /** Directory of the mount points, free of symbolic links. */
  readonly place: string;
}

/**
 * Lists the numbers of the children that belong to this root, the highest first. Which those are the mount points say,
 * which datasets are made with: what another root has made in the same base dataset is never taken for a leftover.
 */
export async function ownChildren(zfs: ZfsCommands, { base, place }: BaseDataset): Promise<readonly number[]> {
  const found = await mountPoints(zfs, base);
  const own = found.filter(({ dataset, value }) => value === placeOf(dataset, place));
  return childNumbers(own, base);
}

/**
 * Rejects with `failed-precondition` where a child has the name of a snapshot, and another mount point: another root
 * uses the base dataset, or this one was moved.
 */
export async function refuseForeignChildren(
  zfs: ZfsCommands,
  root: string,
  { base, place }: BaseDataset,
): Promise<void> {
  const found = await mountPoints(zfs, base);
  const foreign = found.filter(({ dataset, value }) => value !== placeOf(dataset, place));
  const [first] = childNumbers(foreign, base);
  if (first !== undefined) {
    const at = foreign.find(({ dataset }) => dataset === `${base}/${first}`)?.value;
    const detail = `the base dataset ${JSON.stringify(base)} holds snapshots of another root: ${first} has the mount point ${at}`;
    throw new OperationError("failed-precondition", { type: "snapshotter", id: root }, detail);
  }
}

/** Says that a dataset to be made is there, though this root never gives a number out twice. */
export function takenByOther(root: string, dataset: string, cause: unknown): OperationError {
  const detail = `another root has made ${JSON.stringify(dataset)}; a base dataset is for one root alone`;
  return new OperationError("failed-precondition", { type: "snapshotter", id: root }, detail, { cause });
}

function mountPoints(zfs: ZfsCommands, base: string): Promise<readonly ZfsProperty[]> {
  return zfs.get([base], ["mountpoint"], { children: true });
}

function placeOf(dataset: string, place: string): string {
  return join(place, dataset.slice(dataset.lastIndexOf("/") + 1));
}
