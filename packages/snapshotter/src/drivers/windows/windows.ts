import { type Mount, OperationError, type SnapshotterCapabilities, type SnapshotUsage } from "@gantry/api";
import type { DriverCall, FaultHook, Layer, SnapshotDriver } from "../../driver.ts";
import type { DirectoryOptions } from "../../layer-directories.ts";
import type { WindowsLayerHost } from "./host.ts";
import { filesDirectory, LayerFiles, scratchDisk } from "./layer-files.ts";
import { measureLayer } from "./measure-layer.ts";
import { windowsLayerMount } from "./mount-value.ts";
import { scratchSize } from "./scratch-size.ts";

/** In the keys under which containerd's clients unpack images; what they unpack is imported as a finished layer. */
const unpackKeyPart = "extract-";

/**
 * Opens a driver that keeps each snapshot as a layer of Windows: a base as a directory of files, everything on top of
 * one as a disk (`sandbox.vhdx`) that the filter for containers lays over its parents. Its mounts have the type
 * `windows-layer`.
 *
 * Reads of a layer two things besides its numbers: a size for its disk from the labels of its key, and from the key
 * itself whether it is only to receive an image (`extract-` in it), which needs no disk.
 *
 * @param root - absolute path of an existing directory on NTFS
 *
 * Rejects with
 * - `unimplemented`: `root` is on another file system, or this Windows lacks a call
 * - `permission-denied`: the process may not read and write whole layers
 */
export async function openWindowsDriver(
  root: string,
  host: WindowsLayerHost,
  options: DirectoryOptions = {},
): Promise<SnapshotDriver> {
  const files = new LayerFiles(root, host);
  await files.attempt("cannot be opened", async () => {
    const fileSystem = await host.fileSystemOf(root);
    if (fileSystem !== "NTFS") {
      const detail = `layers of Windows need NTFS, ${root} is on ${fileSystem}`;
      throw new OperationError("unimplemented", { type: "snapshotter", id: root }, detail);
    }
    await host.enablePrivileges(["SeBackupPrivilege", "SeRestorePrivilege", "SeSecurityPrivilege"]);
  });
  await files.removeExports();
  return new WindowsDriver(root, host, { files, unsynced: options.unsynced === true });
}

interface Parts {
  readonly files: LayerFiles;
  readonly unsynced: boolean;
}

class WindowsDriver implements SnapshotDriver {
  readonly capabilities: SnapshotterCapabilities = { copyOnWrite: true };
  readonly #root: string;
  readonly #host: WindowsLayerHost;
  readonly #files: LayerFiles;
  readonly #unsynced: boolean;

  constructor(root: string, host: WindowsLayerHost, { files, unsynced }: Parts) {
    this.#root = root;
    this.#host = host;
    this.#files = files;
    this.#unsynced = unsynced;
  }

  async make(layer: Layer, call: DriverCall): Promise<void> {
    const { fault } = call;
    const [parent] = layer.ancestors;
    const base = layer.ancestors.at(-1);
    const size = scratchSize({ type: "snapshotter", id: this.#root }, layer.labels ?? new Map());
    if (parent !== undefined) {
      await this.#files.demand(parent);
    }
    await step("layer.mkdir", fault, () => this.#files.make(layer.id));
    if (base === undefined) {
      await step("layer.mkdir.files", fault, () => this.#files.makeFiles(layer.id));
    } else if (!isForUnpacking(layer)) {
      await step("layer.scratch", fault, () => this.#files.copyScratch(base, layer.id));
      if (size !== null) {
        await this.#call("expandSandboxSize", fault, () => this.#host.expandSandboxSize(this.#path(layer.id), size));
      }
      if (!this.#unsynced) {
        await step("layer.scratch.sync", fault, () => this.#files.syncScratch(layer.id));
      }
    }
    await this.#flush(fault);
  }

  async mounts(layer: Layer): Promise<readonly Mount[]> {
    const [parent] = layer.ancestors;
    await this.#files.demand(layer.id, partOf(layer));
    if (parent !== undefined) {
      await this.#files.demand(parent);
    }
    const shown = { source: this.#path(layer.id), parents: this.#parentsOf(layer), readonly: layer.readonly };
    return [windowsLayerMount(shown)];
  }

  async seal(layer: Layer, call: DriverCall): Promise<SnapshotUsage> {
    // Before: the files of an imported layer stay in its disk as well, which nobody wrote twice.
    const usage = await this.usage(layer, call);
    if (!isForUnpacking(layer)) {
      call.signal?.throwIfAborted();
      await (layer.ancestors.length === 0 ? this.#convert(layer, call) : this.#importAnew(layer, call));
    }
    await this.#flush(call.fault);
    return usage;
  }

  async usage(layer: Layer, call: DriverCall): Promise<SnapshotUsage> {
    await this.#files.demand(layer.id, partOf(layer));
    return this.#files.attempt("cannot be measured", () =>
      measureLayer(this.#host.path, this.#path(layer.id), call.signal),
    );
  }

  async remove(id: number, { fault }: DriverCall): Promise<void> {
    await step("layer.remove.export", fault, () => this.#files.removeExport(id));
    await step("layer.rename", fault, () => this.#files.doom(id));
    const path = this.#files.doomedPath(id);
    if (await this.#files.exists(path)) {
      await this.#call("destroyLayer", fault, () => this.#host.destroyLayer(path));
    }
  }

  list(): Promise<readonly number[]> {
    return this.#files.list();
  }

  /** Holds nothing: calls that are under way end by themselves. */
  async close(): Promise<void> {}

  async #convert(layer: Layer, { fault }: DriverCall): Promise<void> {
    await this.#call("convertToBaseLayer", fault, () => this.#host.convertToBaseLayer(this.#path(layer.id)));
  }

  /** What the disk of a layer has becomes files, over which other layers can be laid; the disk stays. */
  async #importAnew(layer: Layer, { fault, signal }: DriverCall): Promise<void> {
    const path = this.#path(layer.id);
    const parents = this.#parentsOf(layer);
    const folder = this.#files.exportPath(layer.id);
    await step("layer.mkdir.export", fault, () => this.#files.makeExport(layer.id));
    try {
      await this.#call("exportLayer", fault, () => this.#host.exportLayer(path, folder, parents));
      signal?.throwIfAborted();
      await this.#call("importLayer", fault, () => this.#host.importLayer(path, folder, parents));
    } finally {
      await step("layer.remove.export", fault, () => this.#files.removeExport(layer.id));
    }
  }

  async #flush(fault: FaultHook): Promise<void> {
    if (!this.#unsynced) {
      await this.#call("flushVolume", fault, () => this.#host.flushVolume(this.#root));
    }
  }

  #call(name: string, fault: FaultHook, work: () => Promise<void>): Promise<void> {
    return step(`host.${name}`, fault, () => this.#files.attempt(`${name} failed`, work));
  }

  #path(id: number): string {
    return this.#files.path(id);
  }

  #parentsOf(layer: Layer): readonly string[] {
    return layer.ancestors.map((id) => this.#path(id));
  }
}

/** Runs `work` between two points at which a crash may come. */
async function step<T>(point: string, fault: FaultHook, work: () => Promise<T>): Promise<T> {
  fault(`${point}.begun`);
  const result = await work();
  fault(`${point}.done`);
  return result;
}

function isForUnpacking(layer: Layer): boolean {
  return layer.key?.includes(unpackKeyPart) === true;
}

/** What a layer that may still change cannot do without. */
function partOf(layer: Layer): string {
  if (layer.ancestors.length === 0) {
    return filesDirectory;
  }
  return isForUnpacking(layer) ? "" : scratchDisk;
}
