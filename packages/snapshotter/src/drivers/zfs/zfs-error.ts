import { type ErrorKind, OperationError, type Subject } from "@gantry/api";
import { fileError } from "../../file-error.ts";

/** What a failed `zfs` command said, in one word. */
export type ZfsReason =
  | "missing"
  | "exists"
  | "dependent-clones"
  | "busy"
  | "mounted"
  | "not-mounted"
  | "no-room"
  | "denied"
  | "no-zfs"
  | "other";

/** A `zfs` command failed; `message` is what it printed. */
export class ZfsError extends Error {
  override readonly name = "ZfsError";
  readonly reason: ZfsReason;

  constructor(reason: ZfsReason, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.reason = reason;
  }
}

/**
 * What the commands print in the C locale, on illumos, with OpenZFS and with zfs-fuse. They end with status 1 whatever
 * went wrong, so the text is all there is. The order counts: who may not
 * reach the device or the daemon is told both that and that the library failed.
 */
const texts: readonly (readonly [RegExp, ZfsReason])[] = [
  [/permission denied|must be superuser|insufficient privileges|operation not permitted/i, "denied"],
  [/failed to initialize ZFS library|modules are not loaded|module is not loaded|\/dev\/zfs/i, "no-zfs"],
  [/snapshot has dependent clones/, "dependent-clones"],
  [/not currently mounted/, "not-mounted"],
  [/already mounted/, "mounted"],
  [/(dataset|target|device|pool) is busy|device busy/i, "busy"],
  [/dataset already exists/, "exists"],
  [/(dataset|parent) does not exist|no such pool/, "missing"],
  [/out of space|no space left|quota exceeded|exceeds quota/i, "no-room"],
];

/** The word for what a failed command printed to its standard error. */
export function zfsReason(stderr: string): ZfsReason {
  return texts.find(([pattern]) => pattern.test(stderr))?.[1] ?? "other";
}

/** Whether `error` is of a command that failed for one of `reasons`. */
export function failedAs(error: unknown, ...reasons: readonly ZfsReason[]): boolean {
  return error instanceof ZfsError && reasons.includes(error.reason);
}

/** Runs a command; that it fails for one of `reasons` is success too. */
export async function unlessFailedAs(reasons: readonly ZfsReason[], command: () => Promise<void>): Promise<void> {
  await command().catch((error: unknown) => {
    if (!failedAs(error, ...reasons)) {
      throw error;
    }
  });
}

const kinds: Readonly<Record<ZfsReason, ErrorKind>> = {
  // Whoever knows that the dataset may be absent says so before it comes to this.
  missing: "data-loss",
  exists: "internal",
  "dependent-clones": "failed-precondition",
  busy: "unavailable",
  mounted: "internal",
  "not-mounted": "internal",
  "no-room": "resource-exhausted",
  denied: "permission-denied",
  "no-zfs": "unavailable",
  other: "internal",
};

/** Makes an `OperationError` of a command's failure, with the command's own words; others stay as they are. */
export function zfsFailure(subject: Subject, detail: string, error: unknown): unknown {
  if (!(error instanceof ZfsError)) {
    return error;
  }
  return new OperationError(kinds[error.reason], subject, `${detail}: ${error.message}`, { cause: error });
}

/** Runs commands and work on files, and turns what they throw into an `OperationError` about `subject`. */
export async function attemptZfs<T>(subject: Subject, failed: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileError(subject, failed, zfsFailure(subject, failed, error));
  }
}
