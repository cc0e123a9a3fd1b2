import type { Host } from "./host.ts";
import type { ProcessFiles } from "./process-files.ts";

/**
 * Reads a line and ends. Its standard output is the writing end of a process's input, which thereby stays open, whoever
 * else opens and closes it; its standard input is a FIFO open for both, so that it never reads an end of file.
 */
const untilTold = "read -r line";
const told = new TextEncoder().encode("\n");

/**
 * Makes the FIFO for a process's input, and keeps it open until {@link closeStdin}.
 *
 * The kernel tells a reader of the end when the last writer is gone. Were we the only one, the end of this process would
 * be the end of the input of all containers, so a small shell keeps the writing end, one for each process with input.
 */
export async function openStdin(host: Host, files: ProcessFiles): Promise<void> {
  // The process may run as anybody, and may open its input again by its name in /proc/self/fd.
  await Promise.all([host.makeFifo(files.stdin, 0o666), host.makeFifo(files.stdinHold, 0o600)]);
  await using end = await host.openFifo(files.stdin, "write");
  await using hold = await host.openFifo(files.stdinHold, "both");
  await host.start({
    file: "/bin/sh",
    args: ["-c", untilTold],
    cwd: files.directory,
    env: {},
    fds: [hold.fd, end.fd, null],
  });
}

/** Whether more can be written; also right after a restart. */
export function isStdinOpen(host: Host, files: ProcessFiles): Promise<boolean> {
  return host.exists(files.stdinHold);
}

/** Lets the process read the end behind what was written. Idempotent, and harmless where there is no input. */
export async function closeStdin(host: Host, files: ProcessFiles): Promise<void> {
  // That nobody reads it means that the shell has ended already.
  await host.writeFifo(files.stdinHold, told);
  await host.removeFile(files.stdinHold);
}
