import { isOperationError, type RemoteProcess } from "@gantry/client";
import type { Output } from "../output/output.ts";

/** Hands standard input on until its end, which it hands on too, or until disposed of. */
export function forwardStdin(target: RemoteProcess, output: Output): Disposable {
  const abort = new AbortController();
  forward(target, abort.signal).catch((error: unknown) => {
    // A process that ended, or closed its input, needs no more of it.
    if (!abort.signal.aborted && !isOperationError(error, "failed-precondition", "not-found")) {
      output.complain(error);
    }
  });
  return {
    [Symbol.dispose]() {
      abort.abort();
      // A terminal or an open pipe would keep this program alive.
      process.stdin.destroy();
    },
  };
}

async function forward(target: RemoteProcess, signal: AbortSignal): Promise<void> {
  for await (const chunk of process.stdin) {
    await target.writeStdin(chunk, { signal });
  }
  await target.closeStdin({ signal });
}
