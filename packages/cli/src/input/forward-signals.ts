/** What gets the signals; a container's or exec's process. */
export interface SignalTarget {
  kill(signal: string): Promise<void>;
}

/** Signals that a terminal or a service manager sends to end a program. */
const forwarded = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/** The first process of a container ignores signals it has no handler for, so a person who insists gets SIGKILL. */
const patienceMs = 1000;

/**
 * Sends the signals that this program gets on to `target`, until disposed of. A SIGINT a while after the first one kills.
 * A target that has ended meanwhile is no error.
 */
export function forwardSignals(target: SignalTarget, now: () => number = Date.now): Disposable {
  let firstInterruptAt: number | undefined;
  const choose = (signal: NodeJS.Signals): NodeJS.Signals => {
    if (signal !== "SIGINT") {
      return signal;
    }
    firstInterruptAt ??= now();
    return now() - firstInterruptAt >= patienceMs ? "SIGKILL" : signal;
  };
  const forward = (signal: NodeJS.Signals) => {
    target.kill(choose(signal)).catch(() => undefined);
  };
  for (const signal of forwarded) {
    process.on(signal, forward);
  }
  return {
    [Symbol.dispose]() {
      for (const signal of forwarded) {
        process.off(signal, forward);
      }
    },
  };
}
