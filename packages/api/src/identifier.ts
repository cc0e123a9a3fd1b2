import type { SubjectType } from "./errors.ts";
import { OperationError } from "./errors.ts";

/** The form of ids of namespaces, containers, execs and leases. */
const identifierPattern = /^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$/;

/** The most characters that such an id may have. */
const identifierMaxLength = 76;

/**
 * Returns `id` if it has the form of an identifier.
 *
 * Throws `invalid-argument`: it has not; the message says which form is expected.
 */
export function checkIdentifier(type: SubjectType, id: string): string {
  if (id.length <= identifierMaxLength && identifierPattern.test(id)) {
    return id;
  }
  const expected = `must be 1 to ${identifierMaxLength} characters that match ${identifierPattern.source}`;
  throw new OperationError("invalid-argument", { type, id: id.slice(0, 2 * identifierMaxLength) }, expected);
}
