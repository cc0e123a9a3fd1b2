import type { Mount, SnapshotterCapabilities, SnapshotUsage } from "@gantry/api";
import type { Layer, SnapshotDriver } from "../driver.ts";

/**
 * Makes a driver that keeps no bytes: the reference for everything about snapshots that is not their content.
 *
 * Its mounts are of the type `memory`, which nothing can perform; they show which snapshots lie over which.
 */
export function createMemoryDriver(): SnapshotDriver {
  return new MemoryDriver();
}

/** One inode: the root directory that a snapshot of every driver begins with. */
const emptyTree: SnapshotUsage = { sizeBytes: 0n, inodes: 1n };

class MemoryDriver implements SnapshotDriver {
  readonly capabilities: SnapshotterCapabilities = { copyOnWrite: true };
  readonly #ids = new Set<number>();

  async make(layer: Layer): Promise<void> {
    this.#ids.add(layer.id);
  }

  async mounts(layer: Layer): Promise<readonly Mount[]> {
    const options = [layer.readonly ? "ro" : "rw", ...layer.ancestors.map((id) => `below=${id}`)];
    return [{ type: "memory", source: `${layer.id}`, target: "", options }];
  }

  async seal(): Promise<SnapshotUsage> {
    return emptyTree;
  }

  async usage(): Promise<SnapshotUsage> {
    return emptyTree;
  }

  async remove(id: number): Promise<void> {
    this.#ids.delete(id);
  }

  async list(): Promise<readonly number[]> {
    return [...this.#ids];
  }

  async close(): Promise<void> {
    this.#ids.clear();
  }
}
