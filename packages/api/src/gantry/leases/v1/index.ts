export * from "../../../gen/gantry/leases/v1/leases_pb.ts";
