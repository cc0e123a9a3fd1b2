import { lstat, mkdir, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { mountAll, unmountAll } from "@gantry/sys";
import { TreeWorker } from "../../../tree/tree-worker.ts";
import type { LayerPathRules, LayerPrivilege, WindowsLayerHost } from "../host.ts";
import { LayerCallError, layerCode } from "../layer-error.ts";
import { filesDirectory, scratchDisk } from "../layer-files.ts";
import { CallPlan } from "./call-plan.ts";
import { isThere, makeScratchContent, OverlayView, scratchContent } from "./overlay-view.ts";

/** What a simulated host may be told. */
export interface SimulatedHostOptions {
  /** Default: `NTFS`. */
  readonly fileSystem?: string;
  /** Privileges that the process lacks. Default: none. */
  readonly withheld?: readonly LayerPrivilege[];
}

interface ActiveLayer {
  /** Set while the layer is prepared. */
  volume: string | undefined;
}

/**
 * Does what the calls for layers do on Windows, on Linux and with real directories. Calls out of order, or about what is
 * not there, fail with the codes of Windows. Showing layers needs root; everything else does not.
 *
 * A base layer is the directory `Files`, as on Windows. What is written to a disk is in a directory beside it, and is
 * laid over the parents by an overlay mount.
 */
export class SimulatedLayerHost implements WindowsLayerHost {
  readonly path: LayerPathRules = posix;
  readonly plan = new CallPlan();
  readonly #directory: string;
  readonly #options: SimulatedHostOptions;
  readonly #view: OverlayView;
  readonly #trees = new TreeWorker();
  readonly #enabled = new Set<LayerPrivilege>();
  /** By the identity of their directories, since a rename changes nothing for Windows. */
  readonly #active = new Map<string, ActiveLayer>();
  /** Target -> source. */
  readonly #bindings = new Map<string, string>();
  readonly #streams = new Map<string, string>();
  #volumes = 0;

  /** @param directory - where volumes appear; made when it is needed, and may be removed after {@link close} */
  constructor(directory: string, options: SimulatedHostOptions = {}) {
    this.#directory = directory;
    this.#options = options;
    this.#view = new OverlayView(directory);
  }

  /** How many layers are active now. */
  get activeCount(): number {
    return this.#active.size;
  }

  /** Undoes all mounts and ends the thread that copies. */
  async close(): Promise<void> {
    for (const target of this.#bindings.keys()) {
      await unmountAll(target);
    }
    for (const { volume } of this.#active.values()) {
      await this.#removeVolume(volume);
    }
    await this.#trees.close();
  }

  async fileSystemOf(path: string): Promise<string> {
    this.plan.enter("GetVolumeInformationW", path);
    return this.#options.fileSystem ?? "NTFS";
  }

  async enablePrivileges(privileges: readonly LayerPrivilege[]): Promise<void> {
    this.plan.enter("AdjustTokenPrivileges", privileges.join());
    const missing = privileges.find((privilege) => this.#options.withheld?.includes(privilege));
    demand(missing === undefined, "AdjustTokenPrivileges", layerCode.privilegeNotHeld);
    for (const privilege of privileges) {
      this.#enabled.add(privilege);
    }
  }

  async flushVolume(path: string): Promise<void> {
    this.plan.enter("FlushFileBuffers", path);
  }

  async expandSandboxSize(layerPath: string, sizeBytes: bigint): Promise<void> {
    const call = "ExpandSandboxSize";
    this.plan.enter(call, `${layerPath} ${sizeBytes}`);
    await this.#demandIdle(call, layerPath);
    await demandThere(call, join(layerPath, scratchDisk), layerCode.fileNotFound);
    await truncate(join(layerPath, scratchDisk), Number(sizeBytes));
  }

  async convertToBaseLayer(layerPath: string): Promise<void> {
    const call = "ProcessBaseImage";
    this.plan.enter(call, layerPath);
    this.#demandPrivileges(call, ["SeBackupPrivilege", "SeRestorePrivilege"]);
    await this.#demandIdle(call, layerPath);
    await demandThere(call, join(layerPath, filesDirectory), layerCode.pathNotFound);
    for (const disk of ["blank-base.vhdx", "blank.vhdx"]) {
      await writeFile(join(layerPath, disk), "vhdxfile");
    }
  }

  async exportLayer(layerPath: string, folder: string, parents: readonly string[]): Promise<void> {
    const call = "ExportLayer";
    this.plan.enter(call, `${layerPath} ${folder} ${parents.join(",")}`);
    this.#demandPrivileges(call, ["SeBackupPrivilege", "SeRestorePrivilege", "SeSecurityPrivilege"]);
    await this.#demandIdle(call, layerPath);
    await this.#demandParents(call, parents);
    await demandThere(call, join(layerPath, scratchDisk), layerCode.fileNotFound);
    await demandThere(call, folder, layerCode.pathNotFound);
    await makeScratchContent(layerPath, parents[0] ?? layerPath);
    await this.#trees.copy(scratchContent(layerPath), join(folder, filesDirectory));
  }

  async importLayer(layerPath: string, folder: string, parents: readonly string[]): Promise<void> {
    const call = "ImportLayer";
    this.plan.enter(call, `${layerPath} ${folder} ${parents.join(",")}`);
    this.#demandPrivileges(call, ["SeBackupPrivilege", "SeRestorePrivilege", "SeSecurityPrivilege"]);
    await this.#demandIdle(call, layerPath);
    await this.#demandParents(call, parents);
    await demandThere(call, join(folder, filesDirectory), layerCode.pathNotFound);
    await this.#trees.remove(join(layerPath, filesDirectory));
    await this.#trees.copy(join(folder, filesDirectory), join(layerPath, filesDirectory));
  }

  async destroyLayer(layerPath: string): Promise<void> {
    this.plan.enter("DestroyLayer", layerPath);
    await this.#demandIdle("DestroyLayer", layerPath);
    await this.#trees.remove(layerPath);
  }

  async activateLayer(layerPath: string): Promise<void> {
    const call = "ActivateLayer";
    this.plan.enter(call, layerPath);
    const identity = await identityOf(call, layerPath);
    demand(!this.#active.has(identity), call, layerCode.invalidState);
    this.#active.set(identity, { volume: undefined });
  }

  async prepareLayer(layerPath: string, parents: readonly string[]): Promise<void> {
    const call = "PrepareLayer";
    this.plan.enter(call, `${layerPath} ${parents.join(",")}`);
    const layer = await this.#demandActive(call, layerPath);
    demand(layer.volume === undefined, call, layerCode.invalidState);
    await this.#demandParents(call, parents);
    const [parent] = parents;
    const own = parent === undefined ? filesDirectory : scratchDisk;
    await demandThere(call, join(layerPath, own), layerCode.fileNotFound);
    this.#volumes += 1;
    const volume = join(this.#directory, `volume-${this.#volumes}`);
    await mkdir(this.#directory, { recursive: true });
    if (parent === undefined) {
      await symlink(layerPath, volume);
    } else {
      await mkdir(volume);
      await makeScratchContent(layerPath, parent);
      await this.#view.show(layerPath, parents, volume);
    }
    layer.volume = volume;
  }

  async getLayerMountPath(layerPath: string): Promise<string> {
    const call = "GetLayerMountPath";
    this.plan.enter(call, layerPath);
    const { volume } = await this.#demandActive(call, layerPath);
    demand(volume !== undefined, call, layerCode.invalidState);
    return volume;
  }

  async unprepareLayer(layerPath: string): Promise<void> {
    const call = "UnprepareLayer";
    this.plan.enter(call, layerPath);
    const layer = await this.#demandActive(call, layerPath);
    const { volume } = layer;
    demand(volume !== undefined, call, layerCode.invalidState);
    const shown = [...this.#bindings.values()].some((source) => source === volume || source.startsWith(`${volume}/`));
    demand(!shown, call, layerCode.sharingViolation);
    await this.#removeVolume(volume);
    layer.volume = undefined;
  }

  async deactivateLayer(layerPath: string): Promise<void> {
    const call = "DeactivateLayer";
    this.plan.enter(call, layerPath);
    const layer = await this.#demandActive(call, layerPath);
    demand(layer.volume === undefined, call, layerCode.invalidState);
    this.#active.delete(await identityOf(call, layerPath));
  }

  async applyFileBinding(target: string, source: string, readonly: boolean): Promise<void> {
    const call = "BfSetupFilter";
    this.plan.enter(call, `${target} ${source} ${readonly ? "ro" : "rw"}`);
    await demandThere(call, target, layerCode.pathNotFound);
    await demandThere(call, source, layerCode.pathNotFound);
    demand(!this.#bindings.has(target), call, layerCode.alreadyExists);
    await mountAll([{ type: "bind", source, target: "", options: ["rbind", readonly ? "ro" : "rw"] }], target);
    this.#bindings.set(target, source);
  }

  async removeFileBinding(target: string): Promise<void> {
    const call = "BfRemoveMapping";
    this.plan.enter(call, target);
    demand(this.#bindings.has(target), call, layerCode.invalidParameter);
    await unmountAll(target);
    this.#bindings.delete(target);
  }

  async writeStream(path: string, name: string, text: string): Promise<void> {
    this.plan.enter("write stream", `${path}:${name} ${text}`);
    await demandThere("write stream", path, layerCode.fileNotFound);
    this.#streams.set(`${path}:${name}`, text);
  }

  async readStream(path: string, name: string): Promise<string | null> {
    this.plan.enter("read stream", `${path}:${name}`);
    return this.#streams.get(`${path}:${name}`) ?? null;
  }

  async #removeVolume(volume: string | undefined): Promise<void> {
    // A test may have removed the whole directory before.
    if (volume === undefined || !(await isThere(volume))) {
      return;
    }
    // Of a base layer it is a link, which must not be followed.
    if (!(await lstat(volume)).isSymbolicLink()) {
      await unmountAll(volume);
    }
    await rm(volume, { recursive: true, force: true });
  }

  async #demandActive(call: string, layerPath: string): Promise<ActiveLayer> {
    const layer = this.#active.get(await identityOf(call, layerPath));
    demand(layer !== undefined, call, layerCode.invalidState);
    return layer;
  }

  async #demandIdle(call: string, layerPath: string): Promise<void> {
    const identity = await identityOf(call, layerPath);
    demand(!this.#active.has(identity), call, layerCode.sharingViolation);
  }

  async #demandParents(call: string, parents: readonly string[]): Promise<void> {
    for (const parent of parents) {
      await demandThere(call, join(parent, filesDirectory), layerCode.pathNotFound);
    }
  }

  #demandPrivileges(call: string, privileges: readonly LayerPrivilege[]): void {
    const enabled = privileges.every((privilege) => this.#enabled.has(privilege));
    demand(enabled, call, layerCode.privilegeNotHeld);
  }
}

function demand(condition: boolean, call: string, code: number): asserts condition {
  if (!condition) {
    throw new LayerCallError(call, code);
  }
}

async function demandThere(call: string, path: string, code: number): Promise<void> {
  if (!(await isThere(path))) {
    throw new LayerCallError(call, code, path);
  }
}

async function identityOf(call: string, layerPath: string): Promise<string> {
  await demandThere(call, layerPath, layerCode.pathNotFound);
  const { dev, ino } = await stat(layerPath, { bigint: true });
  return `${dev}:${ino}`;
}
