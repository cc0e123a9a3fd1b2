import { OperationError } from "@gantry/api";
import type { WindowsLayerHost } from "./host.ts";

/** What a binding to Windows has to bring, for those who read why the driver is skipped. */
const missingCalls = [
  "ActivateLayer, PrepareLayer, GetLayerMountPath, UnprepareLayer, DeactivateLayer, ExpandSandboxSize, ExportLayer,",
  "ImportLayer, DestroyLayer, NameToGuid and ProcessBaseImage of vmcompute.dll (HcsSetupBaseOSLayer of",
  "computestorage.dll), BfSetupFilter and BfRemoveMapping of bindfltapi.dll, AdjustTokenPrivileges of advapi32.dll,",
  "GetVolumeInformationW and FlushFileBuffers of kernel32.dll",
].join(" ");

/**
 * Gives the calls to Windows of this process.
 *
 * Rejects with
 * - `unimplemented`: always, until they are bound
 */
export async function loadHost(root: string): Promise<WindowsLayerHost> {
  const detail = `the calls that layers need are not bound yet: ${missingCalls}`;
  throw new OperationError("unimplemented", { type: "snapshotter", id: root }, detail);
}
