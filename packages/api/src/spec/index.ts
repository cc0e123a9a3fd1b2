export {
  processFromAny,
  processToAny,
  resourcesFromAny,
  resourcesToAny,
  specFromAny,
  specToAny,
} from "./any.ts";
export type { OciCapabilities, OciIdMapping, OciLinux, OciMount, OciProcess, OciResources, OciSpec, OciUser } from "./oci.ts";
