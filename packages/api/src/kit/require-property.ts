import { type ErrorKind, OperationError } from "../errors.ts";

/**
 * Checks a property of a spec, or of what comes with it.
 *
 * @param property - as the spec names it, such as `linux.resources`; the subject of the error
 * @param detail - what was expected, or why it cannot be applied
 *
 * Throws `invalid-argument`, or what `kind` says: `holds` is false, or empty.
 */
export function requireProperty(
  property: string,
  holds: unknown,
  detail: string,
  kind: ErrorKind = "invalid-argument",
): asserts holds {
  if (!holds) throw new OperationError(kind, { type: "spec", id: property }, detail);
}
