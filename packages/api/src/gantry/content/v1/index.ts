export * from "../../../gen/gantry/content/v1/content_pb.ts";
