export * from "../../../gen/gantry/containers/v1/containers_pb.ts";
