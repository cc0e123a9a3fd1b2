export * from "../../../gen/gantry/events/v1/events_pb.ts";
