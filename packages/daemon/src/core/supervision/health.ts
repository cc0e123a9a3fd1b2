/** How a container fares by its health check. */
export type HealthStatus = "starting" | "healthy" | "unhealthy";

/** How to find out how a container fares. Times are in milliseconds. */
export interface HealthCheck {
  /** Program and arguments. */
  readonly args: readonly string[];
  /** From the start, and from the end of a check, to the next one. */
  readonly intervalMs: number;
  /** After which a check has failed. */
  readonly timeoutMs: number;
  /** Failures in a row that make a container unhealthy. */
  readonly retries: number;
  /** From the start, in which failures are not counted unless a check has succeeded. */
  readonly startPeriodMs: number;
}

/** What a health check has that leaves everything open. */
export const healthDefaults: Omit<HealthCheck, "args"> = {
  intervalMs: 30_000,
  timeoutMs: 30_000,
  retries: 3,
  startPeriodMs: 0,
};

/** What is known of a container's health. */
export interface Health {
  readonly status: HealthStatus;
  /** Failures in a row. */
  readonly failedChecks: number;
  /** What the last check wrote at last, or why it could not be run. */
  readonly output: string;
}

/** How one check went. */
export interface CheckResult {
  readonly succeeded: boolean;
  readonly output: string;
}

/** Returns what is known behind a check. */
export function nextHealth(health: Health, { succeeded, output }: CheckResult, since: CheckMoment): Health {
  if (succeeded) return { status: "healthy", failedChecks: 0, output };
  const { check, sinceStartMs } = since;
  const isExcused = health.status === "starting" && sinceStartMs < check.startPeriodMs;
  if (isExcused) return { ...health, output };
  const failedChecks = health.failedChecks + 1;
  return { status: failedChecks >= check.retries ? "unhealthy" : health.status, failedChecks, output };
}

/** When a check of which kind went so. */
export interface CheckMoment {
  readonly check: HealthCheck;
  /** From the start of the container to the end of the check. */
  readonly sinceStartMs: number;
}
