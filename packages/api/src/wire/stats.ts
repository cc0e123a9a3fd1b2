import { create } from "@bufbuild/protobuf";
import type { ContainerStats as StatsMessage } from "../gantry/types/v1/index.ts";
import { ContainerStatsSchema } from "../gantry/types/v1/index.ts";
import type { ContainerStats } from "../stats.ts";
import { dateFromMessage, dateToMessage } from "./values.ts";

export function statsToMessage(stats: ContainerStats): StatsMessage {
  return create(ContainerStatsSchema, { ...stats, readAt: dateToMessage(stats.readAt) });
}

export function statsFromMessage(message: StatsMessage): ContainerStats {
  const { cpu, memory, pids, io } = message;
  return {
    readAt: dateFromMessage(message.readAt),
    ...(cpu && { cpu }),
    ...(memory && { memory }),
    ...(pids && { pids }),
    ...(io && { io }),
  };
}
