export * from "../../../gen/gantry/snapshots/v1/snapshots_pb.ts";
