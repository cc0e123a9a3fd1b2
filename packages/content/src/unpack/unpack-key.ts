import type { Snapshotter } from "@gantry/api";

/** How the keys of snapshots begin that a layer is being applied to. */
const keyPrefix = "unpack-";

/** A new key for applying the layer that makes `chainId`; random, so that nobody's leftover is in the way. */
export function newUnpackKey(chainId: string): string {
  return `${keyPrefix}${chainId}-${crypto.randomUUID()}`;
}

/**
 * Removes the half-applied snapshots that a crash left in `snapshotter`. To be called before anything is unpacked into
 * it, by who opens it, and after its mounts are gone.
 *
 * @returns the keys that were removed
 *
 * Rejects with what the snapshotter rejects with.
 */
export async function cleanUnpackLeftovers(snapshotter: Snapshotter): Promise<readonly string[]> {
  const removed: string[] = [];
  for await (const { name } of snapshotter.walk({ kind: "active", namePrefix: keyPrefix })) {
    await snapshotter.remove(name);
    removed.push(name);
  }
  return removed;
}
