import type { RemoteProcess, RunningContainer } from "@gantry/client";
import { forwardSignals } from "./input/forward-signals.ts";
import { forwardStdin } from "./input/forward-stdin.ts";
import type { Output } from "./output/output.ts";

/** A process that was started with its output attached. */
export type AttachedProcess = RemoteProcess & Pick<RunningContainer, "frames">;

/** What a shell reports for a program that SIGPIPE ended. */
const brokenPipeStatus = 128 + 13;

/**
 * Stays with a process until it ends: shows its output, hands on signals and, with `stdin`, standard input.
 *
 * A reader of stdout that leaves would end a program here by SIGPIPE, so it ends the process there.
 *
 * @returns the exit status of the process
 */
export async function stayWith(
  process: AttachedProcess,
  { output, stdin }: { readonly output: Output; readonly stdin: boolean },
): Promise<number> {
  using _signals = forwardSignals(process);
  using _stdin = stdin ? forwardStdin(process, output) : null;
  for await (const { data, stream } of process.frames) {
    if (!(await output.bytes(stream, data)) && stream === "stdout") {
      await process.kill("SIGKILL").catch(() => undefined);
      await process.wait();
      return brokenPipeStatus;
    }
  }
  return (await process.wait()).status;
}
