import { isOperationError } from "@gantry/client";
import { exitCode } from "./exit-code.ts";
import type { Output } from "./output/output.ts";

/**
 * Exit code for an error of a command that runs a program, as other container engines have them.
 *
 * @param subject - what an error speaks of that comes from starting the program: for `run` the container, since an image or
 *   a user that is missing is of another type; for `exec` the process, since there the container itself may be missing
 */
export function runExitCode(error: unknown, subject: "container" | "process"): number {
  const isProgram = isOperationError(error) && [subject, "process"].includes(error.subject.type);
  if (isProgram && isOperationError(error, "not-found")) {
    return exitCode.programNotFound;
  }
  if (isProgram && isOperationError(error, "permission-denied")) {
    return exitCode.cannotExecute;
  }
  return exitCode.daemonError;
}

/** Does `work` for each item, and complains about those it fails for. */
export async function forEach(
  items: readonly string[],
  output: Output,
  work: (item: string) => Promise<void>,
): Promise<number> {
  let code: number = exitCode.ok;
  for (const item of items) {
    try {
      await work(item);
    } catch (error) {
      output.complain(error);
      code = exitCode.error;
    }
  }
  return code;
}
