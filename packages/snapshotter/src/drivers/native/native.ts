import type { Mount, SnapshotterCapabilities, SnapshotUsage } from "@gantry/api";
import type { DriverCall, Layer, SnapshotDriver } from "../../driver.ts";
import { type DirectoryOptions, LayerDirectories } from "../../layer-directories.ts";

/**
 * Opens a driver that gives each writable snapshot a whole copy of its parent, so that it works on every file system.
 *
 * @param root - absolute path of an existing directory
 */
export async function openNativeDriver(root: string, options: DirectoryOptions = {}): Promise<SnapshotDriver> {
  return new NativeDriver(root, options);
}

class NativeDriver implements SnapshotDriver {
  readonly capabilities: SnapshotterCapabilities = { copyOnWrite: false };
  readonly #directories: LayerDirectories;

  constructor(root: string, options: DirectoryOptions) {
    this.#directories = new LayerDirectories(root, options);
  }

  async make(layer: Layer, call: DriverCall): Promise<void> {
    const [parent] = layer.ancestors;
    const fresh = parent === undefined;
    await this.#directories.make(layer.id, fresh ? ["fs"] : [], call.fault);
    if (!fresh) {
      await this.#directories.demand(parent, "fs");
    }
    if (!fresh && !layer.readonly) {
      await this.#copy(parent, layer.id, call);
    }
    await this.#directories.sync(layer.id);
    call.fault("layer.synced");
  }

  async mounts(layer: Layer): Promise<readonly Mount[]> {
    // A view shows its parent itself, which nobody can change or remove meanwhile.
    const shown = layer.readonly ? (layer.ancestors[0] ?? layer.id) : layer.id;
    await this.#directories.demand(shown, "fs");
    const options = ["rbind", layer.readonly ? "ro" : "rw"];
    return [{ type: "bind", source: this.#directories.path(shown, "fs"), target: "", options }];
  }

  async seal(layer: Layer, call: DriverCall): Promise<SnapshotUsage> {
    await this.#directories.syncFiles();
    // Afterwards, since file systems may allocate blocks only when they write them.
    return this.usage(layer, call);
  }

  async usage(layer: Layer, call: DriverCall): Promise<SnapshotUsage> {
    if (layer.readonly && layer.ancestors.length > 0) {
      return { sizeBytes: 0n, inodes: 0n };
    }
    return this.#directories.measure(layer.id, "fs", call.signal);
  }

  remove(id: number, call: DriverCall): Promise<void> {
    return this.#directories.remove(id, call.fault);
  }

  list(): Promise<readonly number[]> {
    return this.#directories.list();
  }

  close(): Promise<void> {
    return this.#directories.close();
  }

  async #copy(parent: number, id: number, call: DriverCall): Promise<void> {
    const from = this.#directories.path(parent, "fs");
    const to = this.#directories.path(id, "fs");
    await this.#directories.attempt("cannot be copied", () => this.#directories.trees.copy(from, to, call.signal));
    call.fault("layer.copied");
    // A key that survives a power cut with half of its parent's files would be worse than none.
    await this.#directories.syncFiles();
  }
}
