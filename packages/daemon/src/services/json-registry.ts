import { createRegistry, type DescFile, type Registry } from "@bufbuild/protobuf";
import {
  file_gantry_types_v1_descriptor,
  file_gantry_types_v1_error,
  file_gantry_types_v1_mount,
  file_gantry_types_v1_oci,
  file_gantry_types_v1_opaque,
  file_gantry_types_v1_process,
  file_gantry_types_v1_stats,
} from "@gantry/api/gantry/types/v1";

/** Files of the types that may stand inside an Any, which no service's own file needs to import. */
export const filesOfAny: readonly DescFile[] = [
  file_gantry_types_v1_descriptor,
  file_gantry_types_v1_error,
  file_gantry_types_v1_mount,
  file_gantry_types_v1_opaque,
  file_gantry_types_v1_oci,
  file_gantry_types_v1_process,
  file_gantry_types_v1_stats,
];

/** The types that may stand inside an Any when it travels as JSON, which cannot show one of a type it does not know. */
export function createJsonRegistry(): Registry {
  return createRegistry(...filesOfAny);
}
