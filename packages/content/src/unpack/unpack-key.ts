import { isOperationError, type Snapshotter } from "@gantry/api";

/** How the keys of snapshots begin that a layer is being applied to. */
const keyPrefix = "unpack-";

/** Tells the keys of this process from those that an earlier one left. */
const ownPrefix = `${keyPrefix}${crypto.randomUUID()}-`;

/** A new key for applying the layer that makes `chainId`; random, so that nobody's leftover is in the way. */
export function newUnpackKey(chainId: string): string {
  return `${ownPrefix}${chainId}-${crypto.randomUUID()}`;
}

/**
 * Removes the half-applied snapshots that an earlier process left in `snapshotter` when it was killed; those that this
 * process is at are not touched, so it may be called at any time, as long as no other process uses the snapshotter.
 * Their mounts must be gone, which `createImageOperations` sees to.
 *
 * @returns the keys that were removed
 *
 * Rejects with what the snapshotter rejects with.
 */
export async function cleanUnpackLeftovers(snapshotter: Snapshotter): Promise<readonly string[]> {
  const removed: string[] = [];
  for await (const { name } of snapshotter.walk({ kind: "active", namePrefix: keyPrefix })) {
    if (!name.startsWith(ownPrefix) && (await removeIfThere(snapshotter, name))) removed.push(name);
  }
  return removed;
}

/** Of two callers who clean at once, the second finds nothing any more. */
async function removeIfThere(snapshotter: Snapshotter, name: string): Promise<boolean> {
  try {
    await snapshotter.remove(name);
    return true;
  } catch (error) {
    if (isOperationError(error, "not-found")) return false;
    throw error;
  }
}
