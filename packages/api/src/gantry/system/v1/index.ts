export * from "../../../gen/gantry/system/v1/calls_pb.ts";
export * from "../../../gen/gantry/system/v1/system_pb.ts";
