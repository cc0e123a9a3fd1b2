export * from "../../../gen/gantry/namespaces/v1/namespaces_pb.ts";
