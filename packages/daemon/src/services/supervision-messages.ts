import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  DesiredState,
  type HealthCheck as HealthCheckMessage,
  HealthStatus as HealthStatusMessage,
  RestartMode as RestartModeMessage,
  type RestartPolicy as RestartPolicyMessage,
  type SupervisionSchema,
} from "@gantry/api/gantry/containers/v1";
import { dateToMessage } from "@gantry/api/wire";
import type { SupervisionView } from "../core/containers/supervision-view.ts";
import { type HealthCheck, type HealthStatus, healthDefaults } from "../core/supervision/health.ts";
import { noRestart, type RestartMode, type RestartPolicy } from "../core/supervision/restart-policy.ts";

const modes: Readonly<Record<RestartMode, RestartModeMessage>> = {
  no: RestartModeMessage.NO,
  "on-failure": RestartModeMessage.ON_FAILURE,
  always: RestartModeMessage.ALWAYS,
  "unless-stopped": RestartModeMessage.UNLESS_STOPPED,
};
const statuses: Readonly<Record<HealthStatus, HealthStatusMessage>> = {
  starting: HealthStatusMessage.STARTING,
  healthy: HealthStatusMessage.HEALTHY,
  unhealthy: HealthStatusMessage.UNHEALTHY,
};
const desired = {
  running: DesiredState.RUNNING,
  stopped: DesiredState.STOPPED,
} as const;

/** Writes a policy into an answer. */
export function restartPolicyToMessage({ mode, maxRestarts }: RestartPolicy) {
  return { mode: modes[mode], maxRestarts };
}

/** Reads a policy; what is absent is none. */
export function restartPolicyFromMessage(message: RestartPolicyMessage | undefined): RestartPolicy {
  if (message === undefined) return noRestart;
  const found = Object.entries(modes).find(([, mode]) => mode === message.mode)?.[0];
  const mode = found === "on-failure" || found === "always" || found === "unless-stopped" ? found : "no";
  return { mode, maxRestarts: message.maxRestarts };
}

/** Reads a health check, and fills in what it leaves open. */
export function healthCheckFromMessage(message: HealthCheckMessage | undefined): HealthCheck | null {
  if (message === undefined) return null;
  const { args, intervalMs, timeoutMs, retries, startPeriodMs } = message;
  return {
    args,
    intervalMs: intervalMs || healthDefaults.intervalMs,
    timeoutMs: timeoutMs || healthDefaults.timeoutMs,
    retries: retries || healthDefaults.retries,
    startPeriodMs,
  };
}

/** Writes into an answer what the daemon does about a container. */
export function supervisionToMessage(view: SupervisionView): MessageInitShape<typeof SupervisionSchema> {
  const { run, restarts, crashLoop, restartError, health } = view;
  return {
    ...{ run, restarts, crashLoop, restartError },
    desired: view.desired === null ? DesiredState.UNSPECIFIED : desired[view.desired],
    health: health === null ? HealthStatusMessage.UNSPECIFIED : statuses[health.status],
    failedChecks: health?.failedChecks ?? 0,
    checkOutput: health?.output ?? "",
    ...(view.restartAt !== null && { restartAt: dateToMessage(view.restartAt) }),
  };
}
