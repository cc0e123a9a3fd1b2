export * from "../../../gen/gantry/images/v1/images_pb.ts";
