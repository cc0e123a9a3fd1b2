import type { Child } from "./spawn-options.ts";

/** Kills a child when `signal` aborts, or at once if it has, as it may have done while the child was being started. */
export function killOnAbort(child: Child, signal: AbortSignal | undefined): Child {
  if (signal === undefined) return child;
  const onAbort = (): void => void child.kill("SIGKILL");
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  void child.exit.then(() => signal.removeEventListener("abort", onAbort));
  return child;
}
