import { OperationError } from "../errors.ts";

/** An `invalid-argument` about one property of a spec, or of the image configuration it is made from. */
export function specError(property: string, detail: string, cause?: unknown): OperationError {
  return new OperationError("invalid-argument", { type: "spec", id: property }, detail, { cause });
}
