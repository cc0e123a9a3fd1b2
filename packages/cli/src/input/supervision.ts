import type { HealthCheck, RestartPolicy, RunOptions } from "@gantry/client";
import { type Command, InvalidArgumentError } from "commander";
import { parseDuration } from "./duration.ts";
import { parseCount } from "./parse.ts";

/** Options of a command that makes a container to be supervised. */
export interface SupervisionFlags {
  readonly restart?: RestartPolicy;
  readonly dependsOn?: string;
  readonly healthCmd?: string;
  readonly healthInterval?: number;
  readonly healthTimeout?: number;
  readonly healthRetries?: number;
  readonly healthStartPeriod?: number;
}

/** Adds the options of {@link SupervisionFlags}. */
export function addSupervisionOptions(command: Command): void {
  command
    .option("--restart <policy>", "no, on-failure[:N], always or unless-stopped (default: no)", parseRestartPolicy)
    .option("--depends-on <id,...>", "containers behind which the daemon starts this one when it starts")
    .option("--health-cmd <command>", "command for the container's shell that tells by its status how it fares")
    .option("--health-interval <time>", "time between two checks (default: 30s)", parseDuration)
    .option("--health-timeout <time>", "time after which a check has failed (default: 30s)", parseDuration)
    .option("--health-retries <number>", "failures in a row that make it unhealthy (default: 3)", parseCount)
    .option("--health-start-period <time>", "time in which failures are not counted (default: 0s)", parseDuration);
}

/** Returns what the flags ask for. */
export function supervisionOptionsFrom(
  flags: SupervisionFlags,
): Pick<RunOptions, "restartPolicy" | "healthCheck" | "labels"> {
  const { dependsOn, restart } = flags;
  const healthCheck = healthCheckFrom(flags);
  return {
    ...(restart !== undefined && { restartPolicy: restart }),
    ...(healthCheck !== undefined && { healthCheck }),
    ...(dependsOn !== undefined && { labels: new Map([["gantry.io/depends-on", dependsOn]]) }),
  };
}

/** Reads a policy as other container engines write it. */
export function parseRestartPolicy(text: string): RestartPolicy {
  const [, mode, count] = /^(no|on-failure|always|unless-stopped)(?::([1-9]\d{0,5}))?$/.exec(text) ?? [];
  if (mode === "on-failure" && count !== undefined) return { mode, maxRestarts: Number(count) };
  if (
    count === undefined &&
    (mode === "no" || mode === "on-failure" || mode === "always" || mode === "unless-stopped")
  ) {
    return { mode };
  }
  throw new InvalidArgumentError("Expected no, on-failure, on-failure:N, always or unless-stopped.");
}

function healthCheckFrom(flags: SupervisionFlags): HealthCheck | undefined {
  const { healthCmd, healthInterval, healthRetries, healthStartPeriod, healthTimeout } = flags;
  if (healthCmd === undefined) {
    if ([healthInterval, healthRetries, healthStartPeriod, healthTimeout].some((one) => one !== undefined)) {
      throw new InvalidArgumentError("The other --health options need --health-cmd.");
    }
    return undefined;
  }
  return {
    args: ["/bin/sh", "-c", healthCmd],
    ...(healthInterval !== undefined && { intervalMs: healthInterval }),
    ...(healthTimeout !== undefined && { timeoutMs: healthTimeout }),
    ...(healthRetries !== undefined && { retries: healthRetries }),
    ...(healthStartPeriod !== undefined && { startPeriodMs: healthStartPeriod }),
  };
}
