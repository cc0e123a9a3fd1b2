import { OperationError, type Subject } from "../errors.ts";
import type { ProcessStatus } from "../process.ts";

/** What is to be done, as in "cannot start while running, expected created", and where a process would have to stand for it. */
export interface StatusWish {
  readonly doing: string;
  readonly expected: readonly ProcessStatus[];
}

/**
 * Checks that a container or process stands at one of `wish.expected`.
 *
 * Throws `failed-precondition`: it does not; the message names where it stands and where it would have to.
 */
export function requireStatus(subject: Subject, status: ProcessStatus, wish: StatusWish): void {
  if (!wish.expected.includes(status)) throw wrongStatus(subject, status, wish);
}

/** The error of {@link requireStatus}, for who has looked already. */
export function wrongStatus(subject: Subject, status: ProcessStatus, { doing, expected }: StatusWish): OperationError {
  const detail = `cannot ${doing} while ${status}, expected ${expected.join(" or ")}`;
  return new OperationError("failed-precondition", subject, detail);
}
