import { type ErrorKind, isOperationError, OperationError, type Subject } from "@gantry/api";

/** What an errno means for the caller of this runtime, where the call itself gives it no nearer meaning. */
const kinds: ReadonlyMap<string, ErrorKind> = new Map([
  ["EACCES", "permission-denied"],
  ["EPERM", "permission-denied"],
  ["EROFS", "permission-denied"],
  ["ENOSPC", "resource-exhausted"],
  ["EDQUOT", "resource-exhausted"],
  ["EMFILE", "resource-exhausted"],
  ["ENFILE", "resource-exhausted"],
  ["ENOMEM", "resource-exhausted"],
  ["EAGAIN", "resource-exhausted"],
  ["ETIMEDOUT", "deadline-exceeded"],
]);

/** The errno's name in an error of Node or of `@gantry/sys`; `null` in any other. */
export function errnoOf(error: unknown): string | null {
  const code = error instanceof Error && "code" in error ? error.code : null;
  return typeof code === "string" ? code : null;
}

/** What the errors of the host itself speak of. */
export const hostSubject: Subject = { type: "runtime", id: "linux" };

/**
 * Turns what an OS call threw into an `OperationError`; one that is already, or an abort, stays as it is.
 *
 * @param doing - what was tried, as in `cannot ...`
 * @param special - kinds of errnos that this call gives a meaning of its own
 */
export function hostError(
  error: unknown,
  doing: string,
  options: { readonly subject?: Subject; readonly special?: Readonly<Record<string, ErrorKind>> } = {},
): unknown {
  const errno = errnoOf(error);
  if (isOperationError(error) || errno === null || (error instanceof Error && error.name === "AbortError")) {
    return error;
  }
  const special = new Map(Object.entries(options.special ?? {}));
  const kind = special.get(errno) ?? kinds.get(errno) ?? "internal";
  const reason = error instanceof Error ? error.message : errno;
  return new OperationError(kind, options.subject ?? hostSubject, `cannot ${doing}: ${reason}`, { cause: error });
}
