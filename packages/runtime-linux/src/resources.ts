import { isInteger, isObject, type JsonObject } from "./lossless-json.ts";
import { specError } from "./spec-error.ts";

/**
 * The limits that are integers, by the object they are in (OCI runtime specification, config-linux.md). runc takes the
 * objects for objects without looking, and crun passes over a limit that is no number.
 */
const integers: Readonly<Record<string, readonly string[]>> = {
  memory: ["limit", "reservation", "swap", "kernel", "kernelTCP", "swappiness"],
  cpu: ["shares", "quota", "period", "burst", "realtimeRuntime", "realtimePeriod", "idle"],
  pids: ["limit"],
  blockIO: ["weight", "leafWeight"],
  network: [],
  rdma: [],
  unified: [],
};

/** Throws `invalid-argument`: a limit is not of the form that the OCI specification says. */
export function checkResources(resources: JsonObject): void {
  for (const [name, limits] of Object.entries(integers)) {
    const value = resources[name] ?? {};
    if (!isObject(value) || resources[name] === null) {
      throw specError(`linux.resources.${name}`, "expected an object");
    }
    for (const limit of limits) {
      if (value[limit] !== undefined && !isInteger(value[limit])) {
        throw specError(`linux.resources.${name}.${limit}`, "expected an integer");
      }
    }
  }
}
