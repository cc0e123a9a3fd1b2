import { release } from "node:os";
import { type Mount, OperationError, type SnapshotterCapabilities, type SnapshotUsage } from "@gantry/api";
import type { DriverCall, Layer, SnapshotDriver } from "../../driver.ts";
import { type DirectoryOptions, LayerDirectories } from "../../layer-directories.ts";
import { copyAttributes } from "../../tree/copy-attributes.ts";
import { findOverlayOptions } from "./overlay-support.ts";

/** OVL_MAX_STACK: the kernel stacks no more lower layers (fs/overlayfs/params.h). */
const maxLowerLayers = 500;

/** mount(2) copies one page of options, the terminating NUL included; beyond it Linux 6.5 takes layers one by one. */
const maxOptionBytes = 4095;

/** By these names an overlay marks what it has put into a layer (Documentation/filesystems/overlayfs.rst). */
const overlayOwn = /^(trusted|user)\.overlay\./;

/**
 * Opens a driver that keeps each snapshot's own files in a directory and shows them over those of its parents by
 * overlay mounts, which share what nobody changed.
 *
 * @param root - absolute path of an existing directory; needs the rights to mount
 *
 * Rejects with
 * - `unimplemented`: overlay mounts do not work on `root`; the message says why
 */
export async function openOverlayDriver(root: string, options: DirectoryOptions = {}): Promise<SnapshotDriver> {
  return new OverlayDriver(root, await findOverlayOptions(root), options);
}

class OverlayDriver implements SnapshotDriver {
  readonly capabilities: SnapshotterCapabilities = { copyOnWrite: true };
  readonly #root: string;
  readonly #directories: LayerDirectories;
  readonly #mountOptions: readonly string[];

  constructor(root: string, mountOptions: readonly string[], options: DirectoryOptions) {
    this.#root = root;
    this.#mountOptions = mountOptions;
    this.#directories = new LayerDirectories(root, options);
  }

  async make(layer: Layer, call: DriverCall): Promise<void> {
    this.#checkMountable(layer);
    const parts = hasFiles(layer) ? ["fs", ...(layer.ancestors.length > 0 ? ["work"] : [])] : [];
    await this.#directories.make(layer.id, parts, call.fault);
    const [parent] = layer.ancestors;
    if (parent !== undefined && hasFiles(layer)) {
      await this.#takeRootOver(parent, layer.id);
    }
    await this.#directories.sync(layer.id);
    call.fault("layer.synced");
  }

  async mounts(layer: Layer): Promise<readonly Mount[]> {
    const [parent] = layer.ancestors;
    if (hasFiles(layer)) {
      await this.#directories.demand(layer.id, "fs");
    }
    if (parent !== undefined) {
      await this.#directories.demand(parent, "fs");
    }
    return [this.#mountOf(layer)];
  }

  async seal(layer: Layer, call: DriverCall): Promise<SnapshotUsage> {
    await this.#directories.syncFiles();
    // Afterwards, since file systems may allocate blocks only when they write them.
    return this.usage(layer, call);
  }

  async usage(layer: Layer, call: DriverCall): Promise<SnapshotUsage> {
    if (!hasFiles(layer)) {
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

  #mountOf(layer: Layer): Mount {
    const [parent] = layer.ancestors;
    const access = layer.readonly ? "ro" : "rw";
    // With one layer to show there is nothing to lay over: an overlay has two lower layers, or a lower and an upper.
    if (parent === undefined || (layer.readonly && layer.ancestors.length === 1)) {
      const source = this.#directories.path(parent ?? layer.id, "fs");
      return { type: "bind", source, target: "", options: ["rbind", access] };
    }
    const own = layer.readonly
      ? ["ro"]
      : [`workdir=${this.#path(layer.id, "work")}`, `upperdir=${this.#path(layer.id, "fs")}`];
    const lower = layer.ancestors.map((id) => this.#path(id, "fs")).join(":");
    const options = [...this.#mountOptions, ...own, `lowerdir=${lower}`];
    return { type: "overlay", source: "overlay", target: "", options };
  }

  #path(id: number, part: string): string {
    return this.#directories.path(id, part);
  }

  #checkMountable(layer: Layer): void {
    const depth = layer.ancestors.length;
    const bytes = this.#mountOf(layer).options.reduce((sum, option) => sum + Buffer.byteLength(option) + 1, -1);
    const limit = bytes > maxOptionBytes && !takesLayersOneByOne() ? "the kernel's page of options has room for" : null;
    if (depth > maxLowerLayers || limit !== null) {
      const rule = limit ?? `the ${maxLowerLayers} that the kernel stacks`;
      const detail = `has ${depth} snapshots below it, more than ${rule}`;
      throw new OperationError("invalid-argument", { type: "snapshotter", id: this.#root }, detail);
    }
  }

  /** The root directory of an overlay is the upper one, so it must begin as its parent's was. */
  async #takeRootOver(parent: number, id: number): Promise<void> {
    const stats = await this.#directories.demand(parent, "fs");
    await this.#directories.attempt("cannot be made", async () => {
      const twins = { path: this.#path(parent, "fs"), twin: this.#path(id, "fs"), stats };
      copyAttributes(twins, (name) => !overlayOwn.test(name));
    });
  }
}

/** A view of a parent needs no files of its own: it shows those of its ancestors. */
function hasFiles(layer: Layer): boolean {
  return !layer.readonly || layer.ancestors.length === 0;
}

function takesLayersOneByOne(): boolean {
  const [major = 0, minor = 0] = release().split(/[.-]/).map(Number);
  return major > 6 || (major === 6 && minor >= 5);
}
