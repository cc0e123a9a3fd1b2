export * from "../../../gen/gantry/gc/v1/gc_pb.ts";
