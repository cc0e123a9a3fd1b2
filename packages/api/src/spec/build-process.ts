import type { TextMap } from "./environment.ts";
import { mergeEnvironment } from "./environment.ts";
import type { OciProcess } from "./oci.ts";
import { checkAbsolutePath, checkTexts, checkUser } from "./process-text.ts";
import { specError } from "./spec-error.ts";
import type { ProcessOptions } from "./spec-options.ts";

/** What {@link buildProcess} takes. What is absent is as in the container's own process. */
export interface ExecOptions extends ProcessOptions {
  /** The program and its arguments; at least the program. */
  readonly args: readonly string[];
  /** Variables over those of `base`. */
  readonly env?: TextMap;
  /** The container's own process; needed to change single variables of its environment. */
  readonly base?: OciProcess;
}

/**
 * Builds the process of an exec. Pure: names of users stay names.
 *
 * Throws
 * - `invalid-argument`: a property has the wrong form; the subject is the property
 */
export function buildProcess(options: ExecOptions): OciProcess {
  const { base, cwd, env, terminal, user } = options;
  return {
    args: checkProgram(options.args),
    ...(env !== undefined && { env: mergeEnvironment(base?.env ?? [], "process.env", env) }),
    ...(cwd !== undefined && { cwd: checkAbsolutePath(cwd, "process.cwd") }),
    ...(user !== undefined && { user: { username: checkUser(user, "process.user.username") } }),
    ...(terminal === true && { terminal }),
  };
}

/** Returns `args` if they name a program. */
export function checkProgram(args: readonly string[]): readonly string[] {
  const [program = ""] = checkTexts(args, "process.args");
  if (program === "") {
    throw specError("process.args", "expected a program: none was given, and the image names none");
  }
  return args;
}
