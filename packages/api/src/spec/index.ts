export {
  processFromAny,
  processToAny,
  resourcesFromAny,
  resourcesToAny,
  specFromAny,
  specToAny,
} from "./any.ts";
export type { ExecOptions } from "./build-process.ts";
export { buildProcess } from "./build-process.ts";
export { buildSpec } from "./build-spec.ts";
export type { CapabilityChange } from "./capabilities.ts";
export type { TextMap } from "./environment.ts";
export type { ImageConfig, ImageProcess } from "./image-config.ts";
export type {
  OciCapabilities,
  OciIdMapping,
  OciLinux,
  OciMount,
  OciProcess,
  OciResources,
  OciSpec,
  OciUser,
} from "./oci.ts";
export type { ResourceLimits } from "./resources.ts";
export { buildResources } from "./resources.ts";
export type { ProcessOptions, SpecOptions } from "./spec-options.ts";
export type { UserNamespaceOptions } from "./user-namespace.ts";
