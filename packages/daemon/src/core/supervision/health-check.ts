import { type Container, isOperationError, OperationError, type Process } from "@gantry/api";
import { processToAny } from "@gantry/api/spec";
import { type Clock, sleep } from "./clock.ts";
import type { CheckResult, HealthCheck } from "./health.ts";

/** Execs of these ids are the daemon's own. */
const ownPrefix = "gantry.health-";
/** How much is kept of what a check writes. */
const outputMaxBytes = 4096;
/** How long a check that was killed may take to end, and to be removed. */
const goneWithinMs = 5_000;

let checks = 0;

/** Whether an exec is a health check's; nobody else may use such an id. */
export function isHealthCheck(execId: string): boolean {
  return execId.startsWith(ownPrefix);
}

/** Where and how a check is run. */
export interface CheckPlace {
  readonly container: Container;
  readonly clock: Clock;
  /** On abort nothing is to be found out any more. */
  readonly signal: AbortSignal;
}

/**
 * Runs one check.
 *
 * @returns `null` if nothing was found out, since the container does not run, or its runtime is not there
 */
export async function runHealthCheck(check: HealthCheck, place: CheckPlace): Promise<CheckResult | null> {
  const { container, signal } = place;
  checks += 1;
  const id = `${ownPrefix}${process.pid}-${checks}`;
  try {
    const request = { id, process: processToAny({ args: [...check.args] }), stdio: { kind: "log" as const } };
    const exec = await container.exec(request, { signal });
    try {
      return await finish(exec, check, place);
    } finally {
      await removeCheck(exec);
    }
  } catch (error) {
    if (signal.aborted || isOperationError(error, "failed-precondition", "unavailable")) return null;
    return { succeeded: false, output: error instanceof Error ? error.message : String(error) };
  }
}

async function finish(exec: Process, check: HealthCheck, { clock, signal }: CheckPlace): Promise<CheckResult> {
  await exec.start({ signal });
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  const late = sleep(clock, check.timeoutMs, both).then(() => null);
  try {
    const exit = await Promise.race([exec.wait({ signal: both }), late]);
    if (exit === null) return { succeeded: false, output: `did not end within ${check.timeoutMs} ms` };
    return { succeeded: exit.status === 0, output: await lastWords(exec) };
  } finally {
    over.abort();
    late.catch(() => undefined);
  }
}

async function lastWords(exec: Process): Promise<string> {
  let kept: Uint8Array = new Uint8Array();
  for await (const { data } of exec.output()) {
    kept = Buffer.concat([kept, data]).subarray(-outputMaxBytes);
  }
  return new TextDecoder().decode(kept).trimEnd();
}

/** Takes the exec of a check away, killing it first if it runs. What cannot be taken away goes with its container. */
export async function removeCheck(exec: Process): Promise<void> {
  const signal = AbortSignal.timeout(goneWithinMs);
  try {
    await exec.delete({ signal });
  } catch (error) {
    if (!(error instanceof OperationError) || error.kind !== "failed-precondition") return;
    try {
      await exec.kill("SIGKILL", { signal });
      await exec.wait({ signal });
      await exec.delete({ signal });
    } catch {}
  }
}
