import { create } from "@bufbuild/protobuf";
import type { ContainerStats as StatsMessage } from "../gantry/types/v1/index.ts";
import { ContainerStatsSchema } from "../gantry/types/v1/index.ts";
import type { ContainerStats } from "../stats.ts";
import { dateFromMessage, dateToMessage } from "./values.ts";

export function statsToMessage(stats: ContainerStats): StatsMessage {
  const { readAt, hugetlb = [], ...groups } = stats;
  return create(ContainerStatsSchema, { ...groups, hugetlb: [...hugetlb], readAt: dateToMessage(readAt) });
}

export function statsFromMessage(message: StatsMessage): ContainerStats {
  const { cpu, memory, pids, io, hugetlb } = message;
  return {
    readAt: dateFromMessage(message.readAt),
    ...(cpu && { cpu }),
    ...(memory && { memory }),
    ...(pids && { pids }),
    ...(io && { io }),
    ...(hugetlb.length > 0 && { hugetlb }),
  };
}
