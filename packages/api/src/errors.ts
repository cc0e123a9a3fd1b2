/**
 * The closed set of ways an operation can fail. The same condition has the same kind everywhere: in a driver, in the
 * daemon, on the wire and in the client. `docs/errors.md` lists what each kind means to a caller.
 */
export const errorKinds = [
  "invalid-argument",
  "not-found",
  "already-exists",
  "failed-precondition",
  "permission-denied",
  "unauthenticated",
  "resource-exhausted",
  "out-of-range",
  "unimplemented",
  "unavailable",
  "aborted",
  "data-loss",
  "canceled",
  "deadline-exceeded",
  "internal",
] as const;

/** One of {@link errorKinds}. */
export type ErrorKind = (typeof errorKinds)[number];

/** What kind of thing an error speaks of. */
export type SubjectType =
  | "snapshot"
  | "snapshotter"
  | "mount"
  | "content"
  | "ingest"
  | "image"
  | "layer"
  | "runtime"
  | "container"
  | "process"
  | "spec"
  | "namespace"
  | "lease"
  | "token"
  | "event"
  | "request"
  | "daemon";

/** The thing an error speaks of. */
export interface Subject {
  readonly type: SubjectType;
  /** The thing's own identifier, as the caller wrote it: a key, a digest, a container id, a field's name. */
  readonly id: string;
}

/** What an {@link OperationError} may carry besides its message. */
export interface OperationErrorOptions {
  /** What led to the failure. Kept for logs; never sent to a client. */
  readonly cause?: unknown;
  /** Failures met while undoing the operation. Default: none. */
  readonly cleanup?: readonly unknown[];
}

/** Marks the class in every copy of this package. */
const mark = Symbol.for("gantry.OperationError");

/**
 * The one error that operations reject with.
 *
 * A plug-in brings a copy of this package of its own, whose class is another one; `instanceof` takes both for the same.
 *
 * `message` reads `TYPE "ID": what happened`, in lower case and without a full stop, so that a log line can be read
 * alone. Mistakes of an in-process caller (a missing argument, a wrong type) are plain `TypeError`s instead.
 */
export class OperationError extends Error {
  override readonly name = "OperationError";
  /** Decides what a caller does next; stable within a major version. The message may change at any time. */
  readonly kind: ErrorKind;
  readonly subject: Subject;
  /** The message without the subject in front of it. */
  readonly detail: string;
  /** Failures met while undoing the operation; `kind` and `message` speak of the operation itself. */
  readonly cleanup: readonly unknown[];

  static override [Symbol.hasInstance](value: unknown): value is OperationError {
    return typeof value === "object" && value !== null && mark in value;
  }

  constructor(kind: ErrorKind, subject: Subject, detail: string, options: OperationErrorOptions = {}) {
    super(
      `${subject.type} ${JSON.stringify(subject.id)}: ${detail}`,
      "cause" in options ? { cause: options.cause } : {},
    );
    this.kind = kind;
    this.subject = subject;
    this.detail = detail;
    this.cleanup = options.cleanup ?? [];
  }

  /** On the prototype, so that it is no property of an error that is printed or compared. */
  get [mark](): true {
    return true;
  }
}

/** Whether `error` is an {@link OperationError}, of one of `kinds` if any are given. */
export function isOperationError(error: unknown, ...kinds: readonly ErrorKind[]): error is OperationError {
  return error instanceof OperationError && (kinds.length === 0 || kinds.includes(error.kind));
}
