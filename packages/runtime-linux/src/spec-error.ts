import { OperationError } from "@gantry/api";

/** The error for a property of a spec, named by its path, that cannot be applied. */
export function specError(property: string, detail: string): OperationError {
  return new OperationError("invalid-argument", { type: "spec", id: property }, detail);
}
