import { isAbsolute } from "node:path";
import { OperationError, type Stdio, type Subject } from "@gantry/api";

/**
 * Checks where streams are to go.
 *
 * Throws
 * - `invalid-argument`: a path of a FIFO is not absolute
 * - `unimplemented`: FIFOs, or input, together with a terminal
 */
export function checkStdio(stdio: Stdio, process: { readonly subject: Subject; readonly terminal: boolean }): void {
  const { subject, terminal } = process;
  if (stdio.kind === "pipes") {
    for (const [name, path] of Object.entries({ stdin: stdio.stdin, stdout: stdio.stdout, stderr: stdio.stderr })) {
      if (path !== undefined && (!isAbsolute(path) || path.includes("\0"))) {
        throw new OperationError("invalid-argument", subject, `stdio.${name}: expected the absolute path of a FIFO`);
      }
    }
    if (terminal) {
      throw new OperationError(
        "unimplemented",
        subject,
        "pipes cannot be the streams of a process with a terminal: those are the terminal itself, and conmon, which " +
          "holds its other end, copies it to a log; use stdio of kind log",
      );
    }
  }
}
