export * from "../../../gen/gantry/types/v1/descriptor_pb.ts";
export * from "../../../gen/gantry/types/v1/error_pb.ts";
export * from "../../../gen/gantry/types/v1/mount_pb.ts";
export * from "../../../gen/gantry/types/v1/oci_pb.ts";
export * from "../../../gen/gantry/types/v1/opaque_pb.ts";
export * from "../../../gen/gantry/types/v1/process_pb.ts";
export * from "../../../gen/gantry/types/v1/stats_pb.ts";
