import type { posix } from "node:path";

/** How paths of a host are put together; `path.win32` and `path.posix` are such. */
export type LayerPathRules = Pick<typeof posix, "join" | "sep" | "toNamespacedPath">;

/** Rights that reading and writing whole layers take; a process has them but must turn them on. */
export type LayerPrivilege = "SeBackupPrivilege" | "SeRestorePrivilege" | "SeSecurityPrivilege";

/**
 * The calls to Windows that layers need, and no more. Names and order are those of `vmcompute.dll`, `bindfltapi.dll`
 * and `kernel32.dll`; `layerPath` is the whole path of a layer's directory, and `parents` are those of the layers below
 * it, nearest first.
 *
 * Every call rejects with a `LayerCallError` that carries the code Windows gave.
 */
export interface WindowsLayerHost {
  /** `path.win32` on Windows. */
  readonly path: LayerPathRules;

  /** The name of the file system that holds `path`, such as `NTFS` (GetVolumeInformationW). */
  fileSystemOf(path: string): Promise<string>;
  /** Turns rights on for this process (AdjustTokenPrivileges). 0x80070522: the process does not have one of them. */
  enablePrivileges(privileges: readonly LayerPrivilege[]): Promise<void>;
  /** Brings everything that was written to the volume of `path` to the disk (FlushFileBuffers on the volume). */
  flushVolume(path: string): Promise<void>;

  /** Makes the disk of a layer, `sandbox.vhdx`, as large as `sizeBytes` (ExpandSandboxSize). */
  expandSandboxSize(layerPath: string, sizeBytes: bigint): Promise<void>;
  /**
   * Adds to a directory that has `Files` what makes it a base layer, `blank.vhdx` among it (ProcessBaseImage). On a
   * base layer it makes that anew.
   */
  convertToBaseLayer(layerPath: string): Promise<void>;
  /** Writes what a layer has of its own into `folder`, an empty directory (ExportLayer). */
  exportLayer(layerPath: string, folder: string, parents: readonly string[]): Promise<void>;
  /** Makes what `exportLayer` wrote the files of a layer, in place of those it had (ImportLayer). */
  importLayer(layerPath: string, folder: string, parents: readonly string[]): Promise<void>;
  /** Removes the directory of a layer with all in it (DestroyLayer). 0x80070020: the layer is active. */
  destroyLayer(layerPath: string): Promise<void>;

  /** Attaches the disk of a layer (ActivateLayer). */
  activateLayer(layerPath: string): Promise<void>;
  /** Lays an active layer over its parents (PrepareLayer). */
  prepareLayer(layerPath: string, parents: readonly string[]): Promise<void>;
  /** Where a prepared layer is; of a base layer the directory around `Files`. Another at each activation. */
  getLayerMountPath(layerPath: string): Promise<string>;
  /** Undoes `prepareLayer` (UnprepareLayer). */
  unprepareLayer(layerPath: string): Promise<void>;
  /** Undoes `activateLayer`, after `unprepareLayer` (DeactivateLayer). */
  deactivateLayer(layerPath: string): Promise<void>;

  /** Shows `source` at the existing directory `target` (BfSetupFilter). */
  applyFileBinding(target: string, source: string, readonly: boolean): Promise<void>;
  /** Undoes `applyFileBinding` (BfRemoveMapping). 0x80070057 or 0x80070490: nothing is bound at `target`. */
  removeFileBinding(target: string): Promise<void>;
  /** Writes the alternate data stream `name` of a file or directory. */
  writeStream(path: string, name: string, text: string): Promise<void>;
  /** The text of an alternate data stream, or null where there is none. */
  readStream(path: string, name: string): Promise<string | null>;
}
