import type { OciResources } from "./oci.ts";
import { specError } from "./spec-error.ts";

/** Limits of a container; an absent one does not limit. */
export interface ResourceLimits {
  /** The most memory, in bytes. */
  readonly memoryBytes?: number | bigint;
  /** The most processor time, as a number of processors, 0.01 at least. */
  readonly cpus?: number;
  /** The most processes and threads. */
  readonly pidsLimit?: number;
}

/** Microseconds in which the share of a processor is measured; the kernel's own default. */
const periodUs = 100_000;

/**
 * Builds the resources section of a spec.
 *
 * Throws
 * - `invalid-argument`: a limit is out of range; the subject is the limit
 */
export function buildResources(limits: ResourceLimits): OciResources {
  const { cpus, memoryBytes, pidsLimit } = limits;
  return {
    ...(memoryBytes !== undefined && { memory: { limit: checkCount(memoryBytes, "memoryBytes") } }),
    ...(cpus !== undefined && { cpu: { quota: quotaOf(cpus), period: periodUs } }),
    ...(pidsLimit !== undefined && { pids: { limit: checkCount(pidsLimit, "pidsLimit") } }),
  };
}

/** Returns `value` as a number if it is a whole one that is exact in JSON. */
export function checkCount(value: number | bigint, property: string): number {
  const count = Number(value);
  // A spec is JSON, where readers lose digits beyond 2^53.
  if (!Number.isSafeInteger(count) || count < 1) {
    throw specError(property, `${value} is no integer from 1 to ${Number.MAX_SAFE_INTEGER}`);
  }
  return count;
}

function quotaOf(cpus: number): number {
  const quota = Math.round(cpus * periodUs);
  // The kernel refuses quotas below 1 ms (Documentation/scheduler/sched-bwc.rst).
  if (!Number.isSafeInteger(quota) || quota < 1000) {
    throw specError("cpus", `${cpus} is no number of processors of at least 0.01`);
  }
  return quota;
}
