import { constants } from "node:os";
import { getSystemErrorMap } from "node:util";

/** What a {@link SystemError} can say beyond the number the kernel gave. */
export interface SystemErrorOptions {
  /** The file the call was about. */
  readonly path?: string;
  /** What was being tried, when the name of the call alone says too little; default: the name of the call and the path. */
  readonly attempt?: string;
  /** What went wrong, when more is known than the number says; default: the number's own text. */
  readonly reason?: string;
  /** Failures met while undoing the work that failed. */
  readonly cleanup?: readonly unknown[];
  readonly cause?: unknown;
}

/**
 * A call to the operating system failed.
 *
 * The number is reported by its symbol, since numbers differ between systems, and nothing here gives it a meaning: only
 * the caller knows whether ENOENT speaks of the file it was asked for or of one it made itself.
 */
export class SystemError extends Error {
  override readonly name = "SystemError";
  /** Symbol of the error number, such as "ENOENT"; "ENOSYS" is what this platform or kernel does not have at all. */
  readonly errno: string;
  /** Name of the system call, such as "mount". */
  readonly syscall: string;
  readonly path: string | undefined;
  /** Failures met while undoing the work that failed, in the order they were met. */
  readonly cleanup: readonly unknown[];
  readonly #options: SystemErrorOptions;

  constructor(errno: string, syscall: string, options: SystemErrorOptions = {}) {
    const { path, cause } = options;
    const attempt = options.attempt ?? (path === undefined ? syscall : `${syscall} ${JSON.stringify(path)}`);
    super(`${attempt}: ${options.reason ?? describeErrno(errno)} (${errno})`, cause === undefined ? {} : { cause });
    this.errno = errno;
    this.syscall = syscall;
    this.path = path;
    this.cleanup = options.cleanup ?? [];
    this.#options = options;
  }

  /** The same as `errno`, under the name that Node's own errors use, so that one translation serves both. */
  get code(): string {
    return this.errno;
  }

  /** The same error, which also says what failed while the work was undone. */
  withCleanup(cleanup: readonly unknown[]): SystemError {
    return new SystemError(this.errno, this.syscall, { ...this.#options, cause: this, cleanup });
  }
}

/** The symbol of an error number of this system, such as "ENOENT" for 2; a number without a symbol becomes "E999". */
export function errnoSymbol(number: number): string {
  // libuv's table comes first: of two symbols for one number (EAGAIN and EWOULDBLOCK) it has the one Node shows.
  const known = getSystemErrorMap().get(-number)?.[0] ?? linuxNumbers.get(number);
  if (known !== undefined) return known;
  const entry = Object.entries(constants.errno).find(([, value]) => value === number);
  return entry?.[0] ?? `E${number}`;
}

function describeErrno(symbol: string): string {
  for (const [name, message] of getSystemErrorMap().values()) if (name === symbol) return message;
  return textsMissingInLibuv.get(symbol) ?? "failed";
}

/** Numbers that mount(2) and file systems answer with on Linux and that neither libuv nor node:os names. */
const linuxNumbers: ReadonlyMap<number, string> = new Map([
  [15, "ENOTBLK"],
  [117, "EUCLEAN"],
]);

const textsMissingInLibuv: ReadonlyMap<string, string> = new Map([
  ["ECHILD", "no child processes"],
  ["EDQUOT", "disk quota exceeded"],
  ["ENOEXEC", "exec format error"],
  ["ENOLCK", "no locks available"],
  ["ENOTBLK", "block device required"],
  ["ESTALE", "stale file handle"],
  ["EUCLEAN", "structure needs cleaning"],
]);
