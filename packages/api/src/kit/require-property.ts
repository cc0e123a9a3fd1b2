import { type ErrorKind, OperationError } from "../errors.ts";

/** Why a property is refused. */
export interface PropertyRefusal {
  readonly kind: ErrorKind;
  readonly detail: string;
}

/**
 * Checks a property of a spec, or of what comes with it.
 *
 * @param property - as the spec names it, such as `linux.resources`; the subject of the error
 * @param refusal - what was expected, or why it cannot be applied; the kind is `invalid-argument` where only that is said
 *
 * Throws what `refusal` says: `holds` is false, or empty.
 */
export function requireProperty(property: string, holds: unknown, refusal: string | PropertyRefusal): asserts holds {
  if (holds) return;
  const { kind, detail } =
    typeof refusal === "string" ? { kind: "invalid-argument" as const, detail: refusal } : refusal;
  throw new OperationError(kind, { type: "spec", id: property }, detail);
}
