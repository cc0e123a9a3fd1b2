export * from "../../../gen/gantry/runtime/v1/runtime_pb.ts";
