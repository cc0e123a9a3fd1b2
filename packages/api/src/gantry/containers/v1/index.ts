export * from "../../../gen/gantry/containers/v1/containers_pb.ts";
export * from "../../../gen/gantry/containers/v1/supervision_pb.ts";
