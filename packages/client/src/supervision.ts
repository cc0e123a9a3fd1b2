import {
  DesiredState,
  type HealthCheck as HealthCheckMessage,
  HealthStatus as HealthStatusMessage,
  RestartMode as RestartModeMessage,
  type RestartPolicy as RestartPolicyMessage,
  type Supervision as SupervisionMessage,
} from "@gantry/api/gantry/containers/v1";
import { dateFromMessage } from "@gantry/api/wire";

/** When the daemon runs a container again that has ended. */
export type RestartMode = "no" | "on-failure" | "always" | "unless-stopped";

/** What the daemon does when the init process of a container has ended. */
export interface RestartPolicy {
  readonly mode: RestartMode;
  /** How many restarts there may be in a row, for `on-failure`. Default: any number. */
  readonly maxRestarts?: number;
}

/** How the daemon finds out whether a container does its work: by a program in it that ends with status 0. */
export interface HealthCheck {
  /** Program and arguments; all else is as in the container's own process. */
  readonly args: readonly string[];
  /** Milliseconds from the start, and from the end of a check, to the next one. Default: 30,000. */
  readonly intervalMs?: number;
  /** Milliseconds after which a check is killed and has failed. Default: 30,000. */
  readonly timeoutMs?: number;
  /** Failures in a row that make a container unhealthy. Default: 3. */
  readonly retries?: number;
  /** Milliseconds from the start in which failures are not counted, unless a check has succeeded. Default: 0. */
  readonly startPeriodMs?: number;
}

/** What the daemon does about a container, and why. */
export interface Supervision {
  /** What it was told last; `null` before its first start. */
  readonly desired: "running" | "stopped" | null;
  /** Number of its present or last run, from 1. */
  readonly run: number;
  /** How often the daemon restarted it since somebody started it. */
  readonly restarts: number;
  /** When the daemon will restart it; `null` if it will not. */
  readonly restartAt: Date | null;
  /** Whether five restarts or more followed each other, each of a run shorter than 10 s. */
  readonly crashLoop: boolean;
  /** `null` if it has no health check, or does not run. */
  readonly health: "starting" | "healthy" | "unhealthy" | null;
  /** How many health checks failed in a row. */
  readonly failedChecks: number;
  /** The last that the last health check wrote, or why it could not be run. */
  readonly checkOutput: string;
  /** Why the last restart failed; `""` if it did not. */
  readonly restartError: string;
}

const modes: Readonly<Record<RestartMode, RestartModeMessage>> = {
  no: RestartModeMessage.NO,
  "on-failure": RestartModeMessage.ON_FAILURE,
  always: RestartModeMessage.ALWAYS,
  "unless-stopped": RestartModeMessage.UNLESS_STOPPED,
};
const modeNames = new Map(Object.entries(modes).map(([name, mode]) => [mode, name]));
const statuses = new Map<HealthStatusMessage, Supervision["health"]>([
  [HealthStatusMessage.STARTING, "starting"],
  [HealthStatusMessage.HEALTHY, "healthy"],
  [HealthStatusMessage.UNHEALTHY, "unhealthy"],
]);
const desiredStates = new Map<DesiredState, Supervision["desired"]>([
  [DesiredState.RUNNING, "running"],
  [DesiredState.STOPPED, "stopped"],
]);

export function restartPolicyToMessage({ mode, maxRestarts = 0 }: RestartPolicy) {
  return { mode: modes[mode], maxRestarts };
}

export function restartPolicyFromMessage(message: RestartPolicyMessage | undefined): RestartPolicy {
  const name = modeNames.get(message?.mode ?? RestartModeMessage.NO);
  if (name !== "on-failure" && name !== "always" && name !== "unless-stopped") return { mode: "no" };
  return message?.maxRestarts ? { mode: name, maxRestarts: message.maxRestarts } : { mode: name };
}

export function healthCheckToMessage({ args, ...times }: HealthCheck) {
  return { args: [...args], ...times };
}

export function healthCheckFromMessage(message: HealthCheckMessage | undefined): HealthCheck | null {
  if (message === undefined) return null;
  const { args, intervalMs, timeoutMs, retries, startPeriodMs } = message;
  return { args, intervalMs, timeoutMs, retries, startPeriodMs };
}

/** A daemon that says nothing of it does not supervise. */
export function supervisionFromMessage(message: SupervisionMessage | undefined): Supervision {
  const {
    run = 1,
    restarts = 0,
    crashLoop = false,
    failedChecks = 0,
    checkOutput = "",
    restartError = "",
  } = message ?? {};
  return {
    desired: desiredStates.get(message?.desired ?? DesiredState.UNSPECIFIED) ?? null,
    ...{ run, restarts, crashLoop, failedChecks, checkOutput, restartError },
    restartAt: message?.restartAt === undefined ? null : dateFromMessage(message.restartAt),
    health: statuses.get(message?.health ?? HealthStatusMessage.UNSPECIFIED) ?? null,
  };
}
