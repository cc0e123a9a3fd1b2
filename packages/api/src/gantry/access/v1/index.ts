export * from "../../../gen/gantry/access/v1/access_pb.ts";
