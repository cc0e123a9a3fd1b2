import type { ContainerStats } from "@gantry/api";
import type { ContainerRecord } from "./record.ts";

/** What a turn of a program takes of the processor, and a process of memory: made up, but always the same. */
const turnNs = 100_000n;
const processBytes = 262_144n;

/** Returns what a container would use. */
export function readStats({ processes, turns, limits }: ContainerRecord): ContainerStats {
  const living = BigInt(processes.filter(({ pid, exit }) => pid > 0 && exit === null).length);
  const { memoryBytes, pids } = limits;
  return {
    readAt: new Date(),
    cpu: { usageNs: BigInt(turns) * turnNs },
    memory: {
      usageBytes: living * processBytes,
      ...(memoryBytes === null ? {} : { limitBytes: BigInt(memoryBytes) }),
    },
    pids: { current: living, ...(pids === null ? {} : { limit: BigInt(pids) }) },
  };
}
