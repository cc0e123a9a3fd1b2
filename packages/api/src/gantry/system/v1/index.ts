export * from "../../../gen/gantry/system/v1/system_pb.ts";
