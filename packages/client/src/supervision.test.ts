import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DesiredState, HealthStatus, RestartMode } from "@gantry/api/gantry/containers/v1";
import { dateToMessage } from "@gantry/api/wire";
import {
  type HealthCheck,
  healthCheckFromMessage,
  healthCheckToMessage,
  type RestartPolicy,
  restartPolicyFromMessage,
  restartPolicyToMessage,
  supervisionFromMessage,
} from "./supervision.ts";

const at = new Date(1_700_000_000_000);
const typed = { $typeName: "gantry.containers.v1.RestartPolicy" } as const;

describe("the words of supervision", () => {
  it("come back as they went, policies of every mode", () => {
    const policies: readonly RestartPolicy[] = [
      { mode: "no" },
      { mode: "on-failure" },
      { mode: "on-failure", maxRestarts: 3 },
      { mode: "always" },
      { mode: "unless-stopped" },
    ];
    for (const policy of policies) {
      assert.deepEqual(restartPolicyFromMessage({ ...typed, ...restartPolicyToMessage(policy) }), policy);
    }
    assert.deepEqual(restartPolicyFromMessage(undefined), { mode: "no" });
    assert.deepEqual(restartPolicyFromMessage({ ...typed, mode: RestartMode.UNSPECIFIED, maxRestarts: 0 }), {
      mode: "no",
    });
  });

  it("come back as they went, health checks", () => {
    const check: HealthCheck = { args: ["a", "b"], intervalMs: 1, timeoutMs: 2, retries: 3, startPeriodMs: 4 };
    const message = { intervalMs: 0, timeoutMs: 0, retries: 0, startPeriodMs: 0, ...healthCheckToMessage(check) };
    assert.deepEqual(healthCheckFromMessage({ $typeName: "gantry.containers.v1.HealthCheck", ...message }), check);
    assert.equal(healthCheckFromMessage(undefined), null);
  });

  it("say nothing of a daemon that does not supervise", () => {
    const { desired, run, restarts, restartAt, health } = supervisionFromMessage(undefined);
    assert.deepEqual([desired, run, restarts, restartAt, health], [null, 1, 0, null, null]);
  });

  it("say what the daemon does", () => {
    const supervision = supervisionFromMessage({
      $typeName: "gantry.containers.v1.Supervision",
      ...{ desired: DesiredState.STOPPED, run: 4, restarts: 3, restartAt: dateToMessage(at), crashLoop: true },
      ...{ health: HealthStatus.UNHEALTHY, failedChecks: 2, checkOutput: "no", restartError: "why" },
    });
    assert.deepEqual(supervision, {
      ...{ desired: "stopped", run: 4, restarts: 3, restartAt: at, crashLoop: true },
      ...{ health: "unhealthy", failedChecks: 2, checkOutput: "no", restartError: "why" },
    });
  });
});
