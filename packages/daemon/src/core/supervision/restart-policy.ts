/** When a container that has ended is run again. */
export type RestartMode = "no" | "on-failure" | "always" | "unless-stopped";

/** What to do when the init process of a container has ended. */
export interface RestartPolicy {
  readonly mode: RestartMode;
  /** How many restarts there may be in a row, for `on-failure`; 0 for any number. */
  readonly maxRestarts: number;
}

/** What every container has that asked for nothing. */
export const noRestart: RestartPolicy = { mode: "no", maxRestarts: 0 };

/** A run at least so long ends a row of restarts. */
export const quietMs = 10_000;
/** Restarts in a row from which on they are a crash loop. */
export const crashLoopAttempts = 5;

const firstDelayMs = 100;
const longestDelayMs = 60_000;

/** How a run ended. */
export interface EndedRun {
  /** Exit status. */
  readonly status: number;
  readonly ranMs: number;
  /** How many restarts in a row led to this run. */
  readonly attempt: number;
}

/** What follows from the end of a run. */
export type RestartDecision =
  | { readonly kind: "stay" }
  | { readonly kind: "give-up" }
  | {
      readonly kind: "restart";
      /** Which one in a row it is, from 1. */
      readonly attempt: number;
      readonly delayMs: number;
      /** Whether a crash loop begins with it. */
      readonly beginsLoop: boolean;
    };

/** Decides what to do about the end of a run that nobody asked for. */
export function decideRestart({ mode, maxRestarts }: RestartPolicy, run: EndedRun): RestartDecision {
  if (mode === "no" || (mode === "on-failure" && run.status === 0)) return { kind: "stay" };
  const before = run.ranMs >= quietMs ? 0 : run.attempt;
  if (mode === "on-failure" && maxRestarts > 0 && before >= maxRestarts) return { kind: "give-up" };
  const attempt = before + 1;
  return { kind: "restart", attempt, delayMs: backOffMs(attempt), beginsLoop: attempt === crashLoopAttempts };
}

/** How long to wait before a restart: 100 ms before the first in a row, then twice as long each time, up to a minute. */
export function backOffMs(attempt: number): number {
  // Beyond 2^31 a shift would begin anew; by then the longest has been reached long since.
  return Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(attempt - 1, 20));
}
