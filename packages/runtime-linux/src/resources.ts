import { isObject, type JsonObject } from "./lossless-json.ts";
import { specError } from "./spec-error.ts";

/** Parts of `linux.resources` that runc takes for objects without looking (OCI runtime specification, config-linux.md). */
const objects = ["memory", "cpu", "pids", "blockIO", "network", "rdma", "unified"];

/** Throws `invalid-argument`: a limit is not of the form that the OCI specification says. */
export function checkResources(resources: JsonObject): void {
  for (const name of objects) {
    const value = resources[name];
    if (value !== undefined && !isObject(value)) {
      throw specError(`linux.resources.${name}`, "expected an object");
    }
  }
}
